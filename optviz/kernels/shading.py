"""What the pixels of a height field look like, once its z-buffer is filled (see `facets`).

Where on the surface a pixel is follows from its 1/c; what is known at the corners of the triangle there is
interpolated, in the box and not on the screen, so that nothing of it has to be kept with the z-buffer.
Light is computed at every pixel from the interpolated slopes, and lines are drawn by how far, in pixels, the
pixel is from them: on the plane that touches the surface there, so that they are evenly wide.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from optviz.kernels.compile import inlined
from optviz.kernels.drawing import DrawingKernel


@inlined("contract")
def _mixed(known: Any, one: Any, two: Any, last: Any, a: float, b: float, d: float) -> Any:
    """Return what is known at three corners of a triangle, mixed by their shares."""
    return a * known[one] + b * known[two] + d * known[last]


def _shade(
    nearest: Any, top_row: int, busy: Any, edges: Any, job: int, first_row: int, offset_x: float,
    offset_y: float, fields: Any, inverse: Any, grid: Any, table: Any, light: Any, levels: Any, ruling: Any,
    depth: Any, sums: Any, pixels: Any,
) -> None:  # fmt: skip
    """Colour a band of pixels whose sample is nearer than what `depth` holds.

    Parameters
    ----------
    nearest, top_row
        1/c, less than 0 on the floor, and which of its rows is the first of the band.
    busy, edges
        uint8[rows, groups] and uint8[rows, groups, 16]: the groups with, and the pixels that get, several
        samples.
    job
        0 colours all pixels, 1 those that get one sample, and enters the depth of all; 2 adds the colours of
        those that get several to sums, uint16[rows, groups, 4, 16]: r, g, b and how often.
    fields
        float32[m, n, 8]: see `vertices`.
    inverse
        float64[3, 4]: the ray of a pixel runs through inverse[:, 3] + c (x inverse[:, 0] + y inverse[:, 1]
        + inverse[:, 2]).
    table
        uint32[s]: 0xffRRGGBB.
    light
        Towards the light and half-way between that and the eye (3 numbers each), ambient, diffuse, specular.
    levels
        float32[parts, 5]: for equal parts of shades 0 … 1 the nearest level, its strength, its distance to
        the next, and the shades between which it is the nearest; empty without contour lines.
    ruling
        Width of contour lines, width and strength of mesh lines, cells between them (0 = none), r, g, b, and
        the strength of contour lines on the floor as a share of that on the surface.
    """
    rows, groups = edges.shape[0], edges.shape[1]
    width = pixels.shape[1]
    zero, half, one, most = np.float32(0.0), np.float32(0.5), np.float32(1.0), np.float32(255.0)
    three, tiny = np.float32(3.0), np.float32(1e-20)
    shades, parts = np.float32(table.shape[0] - 1), np.float32(levels.shape[0])
    none, last_shade, last_part = np.int32(0), np.int32(table.shape[0] - 1), np.int32(levels.shape[0] - 1)
    iu0, iu1 = np.float32(inverse[0, 0]), np.float32(inverse[0, 1])
    iv0, iv1 = np.float32(inverse[1, 0]), np.float32(inverse[1, 1])
    iw0, iw1 = np.float32(inverse[2, 0]), np.float32(inverse[2, 1])
    lu, lv, lw = np.float32(light[0]), np.float32(light[1]), np.float32(light[2])
    hu, hv, hw = np.float32(light[3]), np.float32(light[4]), np.float32(light[5])
    ambient, diffuse, specular = np.float32(light[6]), np.float32(light[7]), np.float32(255.0 * light[8])
    has_lines, has_mesh = levels.shape[0] > 0, ruling[3] > 0.0
    line_width, mesh_width, mesh_strength = (
        np.float32(ruling[0]),
        np.float32(ruling[1]),
        np.float32(ruling[2]),
    )
    line_reach, mesh_reach = half * line_width + half, half * mesh_width + half
    line_most, mesh_most = min(line_width, one), min(mesh_width, one)
    line_fade, mesh_fade = one / (three * line_width), one / (three * mesh_width)
    apart = ruling[3] if has_mesh else 1.0
    mesh_u, mesh_v = np.float32(1.0 / (grid[1] * apart)), np.float32(1.0 / (grid[3] * apart))
    eye_u, eye_v = np.float32(inverse[0, 3] - grid[0]), np.float32(inverse[1, 3] - grid[2])
    ink_r, ink_g, ink_b = np.float32(ruling[4]), np.float32(ruling[5]), np.float32(ruling[6])
    floor_share = np.float32(ruling[7])
    flat, depths = nearest.reshape(nearest.size), depth.reshape(depth.size)
    words = pixels.reshape(pixels.size)
    marks, known = edges.reshape(edges.size), fields.reshape(fields.size)
    line, stride = np.uint64(fields.shape[1]), np.int32(fields.shape[1])
    cell_u, cell_v = np.float32(1.0 / grid[1]), np.float32(1.0 / grid[3])
    last_u, last_v = np.float32(fields.shape[1] - 1), np.float32(fields.shape[0] - 1)
    last_j, last_i = np.int32(fields.shape[1] - 2), np.int32(fields.shape[0] - 2)
    size = np.uint64(16)  # of a group
    one_on, two_on, three_on, four_on = np.uint64(1), np.uint64(2), np.uint64(3), np.uint64(4)
    # In one piece, as a loop over several arrays is not vectorized where they might overlap: 1/c or 0, shade,
    # ink of the mesh, brightness, gloss, pixels a shade; of the pixels' change of u and of v the squares,
    # times that of the next; all ink, and first of all depth so far; shade and slopes (5); shares of the
    # first, middle and last corner of the triangle; strength of lines; 1/c
    # with its sign.
    work = np.zeros(320, np.float32)
    # The row of the table; the first corner of each pixel's cell, and the middle one of its triangle.
    where, colors = np.zeros(48, np.int32), np.zeros(16, np.uint32)
    for row in range(rows):
        at_row = first_row + row
        y = at_row + 0.5 + offset_y
        ru_row, rv_row = (
            np.float32(inverse[0, 1] * y + inverse[0, 2]),
            np.float32(inverse[1, 1] * y + inverse[1, 2]),
        )
        rw_row = np.float32(inverse[2, 1] * y + inverse[2, 2])
        for group in range(groups):
            if job == 2 and busy[row, group] == 0:
                continue
            base = np.uint64(((row + top_row) * groups + group) * 16)
            mark = np.uint64((row * groups + group) * 16)
            for lane in range(size):
                work[lane + np.uint64(304)] = flat[base + lane]
            some = 0
            for lane in range(size):
                some |= 1 if work[lane + np.uint64(304)] != zero else 0
            if some == 0:
                continue
            first = group * 16
            start = np.uint64(at_row * width + first)
            count = min(size, np.uint64(width - first))
            if count == size:
                for lane in range(size):
                    work[lane + np.uint64(144)] = depths[start + lane]
            else:
                for lane in range(size):
                    work[lane + np.uint64(144)] = np.float32(math.inf)
                for lane in range(count):
                    work[lane + np.uint64(144)] = depths[start + lane]
            x_first = np.float32(first + 0.5 + offset_x)
            for lane in range(size):
                x = x_first + np.float32(np.int32(lane))
                z = abs(work[lane + np.uint64(304)])
                z = z if z > work[lane + np.uint64(144)] else zero
                work[lane] = z
                c = one / (z if z > zero else one)
                p = min(max((eye_u + c * (iu0 * x + ru_row)) * cell_u, zero), last_u)
                q = min(max((eye_v + c * (iv0 * x + rv_row)) * cell_v, zero), last_v)
                # What is not drawn may hold anything, so whole numbers are kept in bounds, too.
                j, i = min(max(np.int32(p), none), last_j), min(max(np.int32(q), none), last_i)
                p, q = p - np.float32(j), q - np.float32(i)
                corner = i * stride + j
                where[lane + size] = corner
                where[lane + np.uint64(32)] = corner + (np.int32(1) if p >= q else stride)
                work[lane + np.uint64(240)] = one - max(p, q)
                work[lane + np.uint64(256)] = abs(p - q)
                work[lane + np.uint64(272)] = min(p, q)
            seen = size
            for lane in range(size):
                if not work[lane] > zero:
                    continue
                seen = min(seen, np.uint64(lane))
                one_at = np.uint64(where[lane + size]) * np.uint64(8)
                two_at = np.uint64(where[lane + np.uint64(32)]) * np.uint64(8)
                last_at = one_at + (line + np.uint64(1)) * np.uint64(8)
                a, b = work[lane + np.uint64(240)], work[lane + np.uint64(256)]
                d = work[lane + np.uint64(272)]
                at = lane + np.uint64(160)
                s = _mixed(known, one_at, two_at, last_at, a, b, d)
                su = _mixed(known, one_at + one_on, two_at + one_on, last_at + one_on, a, b, d)
                sv = _mixed(known, one_at + two_on, two_at + two_on, last_at + two_on, a, b, d)
                if work[lane + np.uint64(304)] > zero:  # the floor has no slopes
                    wu = _mixed(known, one_at + three_on, two_at + three_on, last_at + three_on, a, b, d)
                    wv = _mixed(known, one_at + four_on, two_at + four_on, last_at + four_on, a, b, d)
                    work[at + np.uint64(48)], work[at + np.uint64(64)] = wu, wv
                work[at], work[at + size], work[at + np.uint64(32)] = s, su, sv
            if seen == size:
                continue
            for lane in range(size):
                x = x_first + np.float32(np.int32(lane))
                z = work[lane]
                on_floor = work[lane + np.uint64(304)] < zero
                level = zero if on_floor else one
                s = work[lane + np.uint64(160)]
                su, sv = work[lane + np.uint64(176)], work[lane + np.uint64(192)]
                wu = work[lane + np.uint64(208)] if level > zero else zero
                wv = work[lane + np.uint64(224)] if level > zero else zero
                ru, rv, rw = iu0 * x + ru_row, iv0 * x + rv_row, iw0 * x + rw_row
                facing = rw - ru * wu - rv * wv
                side = -one if facing > zero else one
                inside = min(max(s, zero), one)
                where[lane] = min(max(np.int32(inside * shades + half), none), last_shade)
                along = one / math.sqrt(wu * wu + wv * wv + one)
                middle = max((hw - side * (hu * wu + hv * wv)) * along, zero)
                middle = middle * middle
                middle = middle * middle
                middle = middle * middle
                middle = middle * middle
                middle = middle * middle
                # How u, v, shade change from pixel to pixel on the plane that touches here, times z facing.
                tilt_x, tilt_y = iw0 - iu0 * wu - iv0 * wv, iw1 - iu1 * wu - iv1 * wv
                ux, uy = iu0 * facing - ru * tilt_x, iu1 * facing - ru * tilt_y
                vx, vy = iv0 * facing - rv * tilt_x, iv1 * facing - rv * tilt_y
                sx, sy = su * ux + sv * vx, su * uy + sv * vy
                aside = z * abs(facing)
                work[lane + size] = s
                work[lane + np.uint64(32)] = zero
                bright = ambient + diffuse * max((lw - side * (lu * wu + lv * wv)) * along, zero)
                work[lane + np.uint64(48)] = one if on_floor else bright
                work[lane + np.uint64(64)] = specular * middle * level
                work[lane + np.uint64(288)] = floor_share if on_floor else one
                work[lane + np.uint64(80)] = aside / (math.sqrt(sx * sx + sy * sy) + tiny)
                work[lane + np.uint64(96)] = ux * ux + uy * uy
                work[lane + np.uint64(112)] = vx * vx + vy * vy
                work[lane + np.uint64(128)] = aside
            for lane in range(size):
                colors[lane] = table[np.uint64(where[lane])]
            if has_mesh:
                for lane in range(size):
                    x = x_first + np.float32(np.int32(lane))
                    z = work[lane]
                    c = one / (z if z > zero else one)
                    place = (eye_u + c * (iu0 * x + ru_row)) * mesh_u
                    reach = work[lane + np.uint64(128)] / (
                        math.sqrt(work[lane + np.uint64(96)]) * abs(mesh_u) + tiny
                    )
                    off = abs(place - math.floor(place + half)) * reach
                    share = min(max(mesh_reach - off, zero), mesh_most) * min(reach * mesh_fade, one)
                    place = (eye_v + c * (iv0 * x + rv_row)) * mesh_v
                    reach = work[lane + np.uint64(128)] / (
                        math.sqrt(work[lane + np.uint64(112)]) * abs(mesh_v) + tiny
                    )
                    off = abs(place - math.floor(place + half)) * reach
                    other = min(max(mesh_reach - off, zero), mesh_most) * min(reach * mesh_fade, one)
                    share = zero if work[lane + np.uint64(304)] < zero else max(share, other)
                    work[lane + np.uint64(32)] = share * mesh_strength
            if has_lines:
                # Mostly one level is the nearest to all of them.
                part = np.uint64(min(max(np.int32(work[seen + size] * parts), none), last_part))
                level, strength, gap = levels[part, 0], levels[part, 1], levels[part, 2] * line_fade
                low, high = levels[part, 3], levels[part, 4]
                others = 0
                for lane in range(size):
                    s, reach = work[lane + size], work[lane + np.uint64(80)]
                    others += 1 if (work[lane] > zero) & ((s < low) | (s > high)) else 0
                    share = min(max(line_reach - abs(s - level) * reach, zero), line_most)
                    share = share * strength * min(gap * reach, one) * work[lane + np.uint64(288)]
                    work[lane + np.uint64(144)] = max(share, work[lane + np.uint64(32)])
                if others > 0:
                    for lane in range(size):
                        s, reach = work[lane + size], work[lane + np.uint64(80)]
                        part = np.uint64(min(max(np.int32(s * parts), none), last_part))
                        share = min(max(line_reach - abs(s - levels[part, 0]) * reach, zero), line_most)
                        share = share * levels[part, 1] * min(levels[part, 2] * line_fade * reach, one)
                        share *= work[lane + np.uint64(288)]
                        work[lane + np.uint64(144)] = max(share, work[lane + np.uint64(32)])
            shown = np.uint64(144) if has_lines else np.uint64(32)
            for lane in range(size):
                color, bright, gloss = colors[lane], work[lane + np.uint64(48)], work[lane + np.uint64(64)]
                ink = work[lane + shown]
                r = np.float32(np.int32((color >> np.uint32(16)) & np.uint32(255))) * bright + gloss
                g = np.float32(np.int32((color >> np.uint32(8)) & np.uint32(255))) * bright + gloss
                b = np.float32(np.int32(color & np.uint32(255))) * bright + gloss
                r, g, b = min(r, most), min(g, most), min(b, most)
                red = np.int32(r + ink * (ink_r - r) + half)
                green = np.int32(g + ink * (ink_g - g) + half)
                blue = np.int32(b + ink * (ink_b - b) + half)
                colors[lane] = np.uint32(red << 16 | green << 8 | blue) | np.uint32(0xFF000000)
            if job == 0:
                if count == size:
                    for lane in range(size):
                        words[start + lane] = colors[lane] if work[lane] > zero else words[start + lane]
                    for lane in range(size):
                        depths[start + lane] = max(work[lane], depths[start + lane])
                else:
                    for lane in range(count):
                        if work[lane] > zero:
                            words[start + lane] = colors[lane]
                            depths[start + lane] = work[lane]
            elif job == 1:
                for lane in range(count):
                    if work[lane] > zero:
                        words[start + lane] = colors[lane] if marks[mark + lane] == 0 else words[start + lane]
                        depths[start + lane] = work[lane]
            else:
                for lane in range(size):
                    color = colors[lane] if work[lane] > zero else np.uint32(0)
                    sums[row, group, 0, lane] += np.uint16((color >> np.uint32(16)) & np.uint32(255))
                    sums[row, group, 1, lane] += np.uint16((color >> np.uint32(8)) & np.uint32(255))
                    sums[row, group, 2, lane] += np.uint16(color & np.uint32(255))
                    sums[row, group, 3, lane] += np.uint16(color >> np.uint32(31))


def _shade_signature(t: Any) -> Any:
    number, whole = t.float64, t.int64
    plane, line = t.Array(t.float64, 2, "C", readonly=True), t.Array(t.float64, 1, "C", readonly=True)
    return t.void(
        t.Array(t.float32, 3, "C", readonly=True), whole, t.Array(t.uint8, 2, "C", readonly=True),
        t.Array(t.uint8, 3, "C", readonly=True), whole, whole, number, number,
        t.Array(t.float32, 3, "C", readonly=True), plane, line,
        t.Array(t.uint32, 1, "C", readonly=True), line, t.Array(t.float32, 2, "C", readonly=True), line,
        t.Array(t.float32, 2, "C"), t.Array(t.uint16, 4, "C"), t.Array(t.uint32, 2, "C"),
    )  # fmt: skip


shade_kernel = DrawingKernel(_shade, _shade_signature, fastmath=("contract", "nnan", "nsz"))
