"""The failures, in the order in which the gallery shows them."""

from __future__ import annotations

from optviz.catalog import Catalog
from optviz.gallery import expected
from optviz.gallery.failure import Failure
from optviz.translation import QT_TRANSLATE_NOOP

_REDDI = "Reddi, Kale & Kumar 2018, On the Convergence of Adam and Beyond"

FAILURES: Catalog[Failure] = Catalog(
    "failure",
    (
        Failure(
            id="adam_at_the_wrong_end",
            title=QT_TRANSLATE_NOOP("Gallery", "Adam at the wrong end"),
            wrong=QT_TRANSLATE_NOOP(
                "Gallery", "On losses as simple as straight lines Adam goes to the worst point there is."
            ),
            text=QT_TRANSLATE_NOOP(
                "Gallery",
                "Every 101st loss is 1010 x, all others are −10 x: in sum 10 x, so the best point of [−1, "
                "1] is −1. Adam divides the rare steep gradient by a size that it has just raised itself, so "
                "in a round it moves x by 8.3 learning rates to the left, as much as 81 gentle ones; the "
                "hundred of them move it by 10.2 to the right, more and more each as that size falls. "
                "AMSGrad divides by the largest size ever seen: all count in proportion, and the sum "
                "decides. β1, β2 and the losses are the paper's; the start at 0, the rate of 0.15, its "
                "cosine schedule, 10,000 steps and bias correction are ours.",
            ),
            reference=f"{_REDDI}, section 5, first synthetic experiment (β1 = 0.9, β2 = 0.99)",
            expected=expected.ends_apart,
        ),
        Failure(
            id="adam_leaves_the_optimum",
            title=QT_TRANSLATE_NOOP("Gallery", "Adam leaves the best point"),
            wrong=QT_TRANSLATE_NOOP(
                "Gallery", "Random losses lead Adam from the best point to the worst and keep it there."
            ),
            text=QT_TRANSLATE_NOOP(
                "Gallery",
                "The loss is 1010 x with probability 0.01 and −10 x otherwise, 0.2 x on average. Both race "
                "from the best point, x = −1. Whatever the order of the draws, Adam's steps to the right "
                "outweigh its rare ones to the left, and it drifts all the way to 1. AMSGrad stays near "
                "−1. From elsewhere it gets there, too, but slowly: against the noise of such rare losses "
                "it takes a million steps. The losses, β1 and β2 are the paper's; the start at −1, the "
                "constant rate of 0.002, 60,000 steps and bias correction are ours.",
            ),
            reference=f"{_REDDI}, section 5, stochastic setting (β1 = 0.9, β2 = 0.99); Theorem 3",
            expected=expected.ends_apart,
        ),
        Failure(
            id="three_losses_mislead_adam",
            title=QT_TRANSLATE_NOOP("Gallery", "Three losses mislead Adam"),
            wrong=QT_TRANSLATE_NOOP(
                "Gallery", "With a memory of one step every loss counts alike, however steep it is."
            ),
            text=QT_TRANSLATE_NOOP(
                "Gallery",
                "The smallest counter-example: the losses 3x, −x, −x come again and again, x in sum, so −1 "
                "is best. With β1 = 0 and β2 = 0.1 a gradient is divided by little more than its own size: "
                "one step to the left, two to the right. The learning rate falls as 1/√t, as the theory of "
                "Adam asks for; the average regret does not fall with it. The paper's Theorem 1 proves it "
                "for every C > 2 in place of 3 and β2 = 1 / (1 + C²).",
            ),
            reference=f"{_REDDI}, Theorem 1 with C = 3",
            expected=expected.ends_apart,
        ),
        Failure(
            id="adagrad_stalls",
            title=QT_TRANSLATE_NOOP("Gallery", "AdaGrad stalls"),
            wrong=QT_TRANSLATE_NOOP(
                "Gallery", "One steep slope at the start makes every later step too short, for ever."
            ),
            text=QT_TRANSLATE_NOOP(
                "Gallery",
                "AdaGrad divides by the root of the sum of all squared gradients. Falling off the cliff "
                "fills that sum at once; on the flat land behind it the gradient is a hundredth, and the "
                "step with it. A sum never falls, so the steps never grow again. RMSprop keeps a running "
                "mean instead: it forgets the cliff, and arrives.",
            ),
            reference="Duchi, Hazan & Singer 2011; Tieleman & Hinton 2012, lecture 6.5",
            expected=expected.stalls,
        ),
        Failure(
            id="momentum_rings",
            title=QT_TRANSLATE_NOOP("Gallery", "Momentum rings"),
            wrong=QT_TRANSLATE_NOOP(
                "Gallery", "Too heavy a ball rolls through the minimum and back, again and again."
            ),
            text=QT_TRANSLATE_NOOP(
                "Gallery",
                "On a bowl, momentum is a ball with friction. In a direction of curvature λ it oscillates "
                "as soon as the momentum is above (1 − √(ηλ))², and its swings then shrink by the factor √β "
                "a step, whatever the rate. Along the valley, with ηλ = 0.02, that bound is 0.737: there the "
                "ball is critically damped, and goes to the bottom without passing it. At 0.98 it rings to "
                "the end of its 200 steps.",
            ),
            reference="Polyak 1964; Goh 2017, Why Momentum Really Works, distill.pub",
            expected=expected.rings,
        ),
        Failure(
            id="stuck_at_a_saddle",
            title=QT_TRANSLATE_NOOP("Gallery", "Stuck at a saddle"),
            wrong=QT_TRANSLATE_NOOP("Gallery", "Close to a saddle the gradient is as short as at a minimum."),
            text=QT_TRANSLATE_NOOP(
                "Gallery",
                "All start a millionth beside the ridge. Gradient descent slides down to the saddle, where "
                "its steps become as small as the gradient; the millionth grows by a factor of 1 + η a "
                "step, and so it takes hundreds of steps to get away. Newton's method looks for any place "
                "without slope, and ends in the saddle. Adam divides by the size of the gradient: along x "
                "a tiny one moves it as far as any other, and it never slows down.",
            ),
            reference="Dauphin et al. 2014, arXiv:1406.2572; Du et al. 2017, arXiv:1705.10412",
            expected=expected.waits,
        ),
        Failure(
            id="l1_chatters",
            title=QT_TRANSLATE_NOOP("Gallery", "L1 chatters"),
            wrong=QT_TRANSLATE_NOOP(
                "Gallery", "At the kink of the L1 penalty a fixed step never gives a weight of exactly 0."
            ),
            text=QT_TRANSLATE_NOOP(
                "Gallery",
                "L1 wants x to be 0, and near 0 its slope is as steep as ever: +1 on one side, −1 on the "
                "other. A step of fixed rate jumps across the kink and back, and its size is the rate "
                "times that slope. Only a rate that falls brings x to rest; in practice one takes a "
                "proximal step, which sets small weights to 0.",
            ),
            reference="Shor 1985, Minimization Methods for Non-differentiable Functions; Tibshirani 1996",
            expected=expected.chatters,
        ),
        Failure(
            id="adam_without_bias_correction",
            title=QT_TRANSLATE_NOOP("Gallery", "Adam without bias correction"),
            wrong=QT_TRANSLATE_NOOP(
                "Gallery", "Running means that start at 0 make the first steps far too long."
            ),
            text=QT_TRANSLATE_NOOP(
                "Gallery",
                "Both running means start at 0. After one step the mean of the gradient holds a tenth of "
                "it, that of its square a thousandth: the quotient is 0.1 / √0.001 = 3.16 instead of 1. "
                "Uncorrected, the first steps are three times as long as declared, leap over the ridge and "
                "end in the wrong well. Bias correction divides both means by what they lack.",
            ),
            reference="Kingma & Ba 2015, arXiv:1412.6980, section 3",
            expected=expected.leaps,
        ),
        Failure(
            id="signs_never_settle",
            title=QT_TRANSLATE_NOOP("Gallery", "Sign descent never settles"),
            wrong=QT_TRANSLATE_NOOP(
                "Gallery", "Steps of a fixed length can only go to and fro around a minimum."
            ),
            text=QT_TRANSLATE_NOOP(
                "Gallery",
                "The sign of the gradient says where to go, not how far: each coordinate moves by the "
                "learning rate, no more, no less. Closer to the minimum than one step, it steps over it, "
                "and back, for ever: a limit cycle as wide as the learning rate. Lion has it, too, and "
                "Adam nearly. The rate has to fall.",
            ),
            reference="Bernstein et al. 2018, signSGD, arXiv:1802.04434; Riedmiller & Braun 1993",
            expected=expected.cycles,
        ),
        Failure(
            id="restarts_kick_out",
            title=QT_TRANSLATE_NOOP("Gallery", "Restarts kick out"),
            wrong=QT_TRANSLATE_NOOP(
                "Gallery", "Each restart of the learning rate throws away what its decay has gained."
            ),
            text=QT_TRANSLATE_NOOP(
                "Gallery",
                "With noise in the gradient, the loss one settles at goes with the learning rate. As the "
                "rate decays, the loss comes down; at every restart the rate is back near 2/λ of the steep "
                "direction, where noise is not damped, and within a few steps the loss is as high as "
                "before. Restarts may find another valley; in the only one there is they cost.",
            ),
            reference="Loshchilov & Hutter 2017, SGDR, arXiv:1608.03983",
            expected=expected.kicks,
        ),
    ),
)
