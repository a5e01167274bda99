package dev.joule.ed;

import static dev.joule.autodiff.Functions.square;

import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Origin;

/**
 * Data that codes explain: a code z has density e^(-U(z)) / Z, and x given z is normal around what the decoder makes of z (Pang et al. 2020). It
 * is learned step by step from the codes that data may have come from, where a chain ends in the {@link #posterior}:
 *
 * <pre>{@code
 * Expr z = new Langevin(20, 0.005, 0.1).from(model.posterior(x), normal(n, 64));
 * Expr ofDecoder = model.error(x, z).mean(), ofPrior = new EnergyDiscrepancy(0.25, 16, 1).of(model.prior(), z);
 * }</pre>
 *
 * @param prior   the energy U of codes
 * @param decoder codes [n, d] to data [n, …]
 * @param sigma   σ, the deviation of each number of the data from the decoder's
 */
public record LatentModel(Energy prior, UnaryOperator<Expr> decoder, double sigma) {
    public LatentModel {
        if (!(sigma > 0 && sigma < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("latent model: the deviation is " + sigma + ", and must be positive");
        }
    }

    /** The energy of codes z [n, d] that x [n, …] may have come from, one each: -log p(z | x) = U(z) + |x - G(z)|² / 2σ² + const. */
    public Energy posterior(Expr x) {
        Energy u = prior.checked(1);
        return z -> u.at(z).add(error(x, z).mul(0.5 / (sigma * sigma)));
    }

    /** How far x [n, …] is from what is decoded of z [n, d]: |x - G(z)|², of shape [n]. */
    public Expr error(Expr x, Expr z) {
        Expr decoded = decoder.apply(z);
        if (x.rank() == 0 || !decoded.shape().equals(x.shape())) {
            throw Origin.error("latent model: codes " + z.shape() + " are decoded to " + decoded.shape() + ", and the data are "
                    + x.shape());
        }
        Expr gap = square(x.sub(decoded));
        return x.rank() == 1 ? gap : gap.sum(IntStream.range(1, x.rank()).toArray());
    }
}
