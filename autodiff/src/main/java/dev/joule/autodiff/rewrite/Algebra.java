package dev.joule.autodiff.rewrite;

import static dev.joule.autodiff.Functions.where;
import static dev.joule.core.scalar.Binary.ADD;
import static dev.joule.core.scalar.Binary.DIV;
import static dev.joule.core.scalar.Binary.MUL;
import static dev.joule.core.scalar.Binary.SUB;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

import dev.joule.autodiff.Constants;
import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Op;
import dev.joule.core.DType;
import dev.joule.core.scalar.Binary;
import dev.joule.core.scalar.Reducer;
import dev.joule.core.scalar.Unary;

/**
 * The rules that every program is simplified with. Each holds for all real numbers. That 0 x is 0 is none of them: of an infinite x or a
 * NaN it is NaN, which is to be seen.
 */
public final class Algebra {
    public static final List<Rule> RULES = List.of(
            new Rule("detach", "detach(x) → x, as all derivatives are taken", Algebra::detach),
            new Rule("fold-map", "f(c) → the number", Algebra::foldMap),
            new Rule("fold-zip", "f(c, d) → the number", Algebra::foldZip),
            new Rule("fold-cast", "cast c → c", Algebra::foldCast),
            new Rule("add-zero", "x + 0 → x, 0 + x → x, x - 0 → x", Algebra::addZero),
            new Rule("mul-one", "1 x → x, x 1 → x, x / 1 → x", Algebra::mulOne),
            new Rule("mul-minus-one", "-1 x → -x, x -1 → -x", Algebra::mulMinusOne),
            new Rule("double-negation", "-(-x) → x", Algebra::doubleNegation),
            new Rule("add-negative", "x + (-y) → x - y, (-x) + y → y - x, x - (-y) → x + y", Algebra::addNegative),
            new Rule("constant-product", "(x c) d → x (c d)", Algebra::constantProduct),
            new Rule("constant-into-where", "where(c, x, 0) d → where(c, x d, 0), where(c, 0, x) d → where(c, 0, x d)",
                    Algebra::constantIntoWhere),
            new Rule("where-or-else", "where(c, x, 0) + where(c, 0, y) → where(c, x, y)", Algebra::whereOrElse),
            new Rule("divide-by-constant", "x / c → x (1/c) where 1/c is exact", Algebra::divideByConstant),
            new Rule("reshape-reshape", "reshape(reshape(x)) → reshape(x)", Algebra::reshapeReshape),
            new Rule("permute-permute", "(xᵀ)ᵀ → x", Algebra::permutePermute),
            new Rule("identity-product", "I b → b, a I → a", Algebra::identityProduct),
            new Rule("outer-product", "a b with an inner size of 1 → a * b, element by element", Algebra::outerProduct),
            new Rule("matrix-vector", "a b with b of one column → Σ a * bᵀ, which a loop does next to others",
                    Algebra::matrixVector),
            new Rule("sum-of-few", "Σ over an axis of 2 to 4, not the last → x₀ + x₁ + …, which a loop does next to others",
                    Algebra::sumOfFew),
            new Rule("reduce-one", "Σ and max over an axis of size 1 → the same elements", Algebra::reduceOne));

    /** Of so many, each has its own place in a loop's registers. */
    private static final int FEW = 4;

    private Algebra() {
    }

    /** The number that a constant, repeated or not, is. */
    static OptionalDouble number(Expr x) {
        return switch (x.op()) {
            case Op.Constant(_, double value) -> OptionalDouble.of(x.dtype().round(value));
            case Op.Broadcast _, Op.Reshape _ -> number(x.input(0));
            default -> OptionalDouble.empty();
        };
    }

    static boolean is(Expr x, double value) {
        OptionalDouble number = number(x);
        return number.isPresent() && number.getAsDouble() == value;
    }

    static Expr number(Expr like, double value) {
        return Constants.constant(like.dtype(), like.dtype().round(value), like.shape().toArray());
    }

    private static boolean zip(Expr y, Binary... any) {
        return y.op() instanceof Op.Zip(Binary f) && List.of(any).contains(f);
    }

    private static boolean negated(Expr y) {
        return y.op() instanceof Op.Map(Unary f) && f == Unary.NEG;
    }

    private static Optional<Expr> detach(Expr y) {
        return y.op() instanceof Op.Detach ? Optional.of(y.input(0)) : Optional.empty();
    }

    private static Optional<Expr> foldMap(Expr y) {
        if (y.op() instanceof Op.Map(Unary f)) {
            OptionalDouble x = number(y.input(0));
            return x.isPresent() ? Optional.of(number(y, y.dtype() == DType.INT32 ? f.applyInt((int) x.getAsDouble())
                    : f.apply(x.getAsDouble()))) : Optional.empty();
        }
        return Optional.empty();
    }

    private static Optional<Expr> foldZip(Expr y) {
        if (y.op() instanceof Op.Zip(Binary f)) {
            OptionalDouble a = number(y.input(0)), b = number(y.input(1));
            if (a.isPresent() && b.isPresent()) {
                return Optional.of(number(y, y.dtype() == DType.INT32 ? f.applyInt((int) a.getAsDouble(), (int) b.getAsDouble())
                        : f.apply(a.getAsDouble(), b.getAsDouble())));
            }
        }
        return Optional.empty();
    }

    private static Optional<Expr> foldCast(Expr y) {
        return y.op() instanceof Op.Cast && number(y.input(0)).isPresent()
                ? Optional.of(number(y, number(y.input(0)).getAsDouble())) : Optional.empty();
    }

    private static Optional<Expr> addZero(Expr y) {
        if (zip(y, ADD) && is(y.input(0), 0)) {
            return Optional.of(y.input(1));
        }
        return zip(y, ADD, SUB) && is(y.input(1), 0) ? Optional.of(y.input(0)) : Optional.empty();
    }

    private static Optional<Expr> mulOne(Expr y) {
        if (zip(y, MUL) && is(y.input(0), 1)) {
            return Optional.of(y.input(1));
        }
        return zip(y, MUL, DIV) && is(y.input(1), 1) ? Optional.of(y.input(0)) : Optional.empty();
    }

    private static Optional<Expr> mulMinusOne(Expr y) {
        if (zip(y, MUL) && is(y.input(0), -1)) {
            return Optional.of(y.input(1).neg());
        }
        return zip(y, MUL) && is(y.input(1), -1) ? Optional.of(y.input(0).neg()) : Optional.empty();
    }

    private static Optional<Expr> doubleNegation(Expr y) {
        return negated(y) && negated(y.input(0)) ? Optional.of(y.input(0).input(0)) : Optional.empty();
    }

    private static Optional<Expr> addNegative(Expr y) {
        if (zip(y, ADD) && negated(y.input(1))) {
            return Optional.of(y.input(0).sub(y.input(1).input(0)));
        }
        if (zip(y, ADD) && negated(y.input(0))) {
            return Optional.of(y.input(1).sub(y.input(0).input(0)));
        }
        return zip(y, SUB) && negated(y.input(1)) ? Optional.of(y.input(0).add(y.input(1).input(0))) : Optional.empty();
    }

    private static Optional<Expr> constantProduct(Expr y) {
        if (!zip(y, MUL) || !y.dtype().isReal()) {
            return Optional.empty();
        }
        for (int i = 0; i < 2; i++) {
            Expr inner = y.input(i);
            OptionalDouble outer = number(y.input(1 - i));
            if (outer.isPresent() && zip(inner, MUL)) {
                for (int j = 0; j < 2; j++) {
                    OptionalDouble factor = number(inner.input(j));
                    if (factor.isPresent() && isNormal(y.dtype(), outer.getAsDouble() * factor.getAsDouble())) {
                        return Optional.of(inner.input(1 - j).mul(number(y, outer.getAsDouble() * factor.getAsDouble())));
                    }
                }
            }
        }
        return Optional.empty();
    }

    /** Whether a number is neither too large nor too small for a type. */
    private static boolean isNormal(DType dtype, double value) {
        double size = Math.abs(value);
        return dtype == DType.FLOAT32 ? size >= Float.MIN_NORMAL && size <= Float.MAX_VALUE
                : size >= Double.MIN_NORMAL && size <= Double.MAX_VALUE;
    }

    private static Optional<Expr> constantIntoWhere(Expr y) {
        for (int i = 0; zip(y, MUL) && i < 2; i++) {
            Expr x = y.input(i), factor = y.input(1 - i);
            if (number(factor).isPresent() && x.op() instanceof Op.Select && (is(x.input(1), 0) || is(x.input(2), 0))) {
                return Optional.of(where(x.input(0), x.input(1).mul(factor), x.input(2).mul(factor)));
            }
        }
        return Optional.empty();
    }

    private static Optional<Expr> whereOrElse(Expr y) {
        if (!zip(y, ADD) || !(y.input(0).op() instanceof Op.Select) || !(y.input(1).op() instanceof Op.Select)) {
            return Optional.empty();
        }
        for (int i = 0; i < 2; i++) {
            Expr a = y.input(i), b = y.input(1 - i);
            if (a.input(0).equals(b.input(0)) && is(a.input(2), 0) && is(b.input(1), 0)) {
                return Optional.of(where(a.input(0), a.input(1), b.input(2)));
            }
        }
        return Optional.empty();
    }

    private static Optional<Expr> divideByConstant(Expr y) {
        OptionalDouble c = zip(y, DIV) ? number(y.input(1)) : OptionalDouble.empty();
        boolean powerOfTwo = c.isPresent() && Math.abs(c.getAsDouble()) == Math.scalb(1.0, Math.getExponent(c.getAsDouble()))
                && Math.abs(Math.getExponent(c.getAsDouble())) < 100;
        return powerOfTwo ? Optional.of(y.input(0).mul(number(y, 1 / c.getAsDouble()))) : Optional.empty();
    }

    private static Optional<Expr> reshapeReshape(Expr y) {
        return y.op() instanceof Op.Reshape && y.input(0).op() instanceof Op.Reshape
                ? Optional.of(y.input(0).input(0).reshape(y.shape())) : Optional.empty();
    }

    private static Optional<Expr> permutePermute(Expr y) {
        if (y.op() instanceof Op.Permute(var outer) && y.input(0).op() instanceof Op.Permute(var inner)) {
            return Optional.of(y.input(0).input(0).permute(outer.stream().mapToInt(inner::get).toArray()));
        }
        return Optional.empty();
    }

    private static Optional<Expr> identityProduct(Expr y) {
        if (!(y.op() instanceof Op.MatMul)) {
            return Optional.empty();
        }
        return isIdentity(y.input(0)) ? Optional.of(y.input(1))
                : isIdentity(y.input(1)) ? Optional.of(y.input(0)) : Optional.empty();
    }

    /** Whether this is {@link Constants#eye}: 1 where the row's number is the column's. */
    private static boolean isIdentity(Expr x) {
        return x.rank() == 2 && x.size(0) == x.size(1) && switch (x.op()) {
            case Op.Cast _, Op.Permute _ -> isIdentity(x.input(0));
            case Op.Zip(Binary f) -> f == Binary.EQUAL && isNumbered(x.input(0), 1) && isNumbered(x.input(1), 0);
            default -> false;
        };
    }

    private static boolean isNumbered(Expr x, int repeated) {
        return x.op() instanceof Op.Broadcast(_, var axes) && axes.equals(List.of(repeated))
                && x.input(0).op() instanceof Op.Range;
    }

    private static Optional<Expr> outerProduct(Expr y) {
        return y.op() instanceof Op.MatMul && y.input(0).size(-1) == 1 ? Optional.of(y.input(0).mul(y.input(1)))
                : Optional.empty();
    }

    private static Optional<Expr> matrixVector(Expr y) {
        if (!(y.op() instanceof Op.MatMul) || y.size(-1) != 1) {
            return Optional.empty();
        }
        Expr a = y.input(0), b = y.input(1);   // [*, m, k], [*, k, 1]
        // a transposed matrix is read as it lies: its rows are summed up
        Expr product = a.op() instanceof Op.Permute ? a.transpose().mul(b).sum(-2) : a.mul(b.transpose()).sum(-1);
        return Optional.of(product.expandDims(-1));
    }

    private static Optional<Expr> reduceOne(Expr y) {
        return y.op() instanceof Op.Reduce(_, var axes) && axes.stream().allMatch(axis -> y.input(0).size(axis) == 1)
                ? Optional.of(y.input(0).reshape(y.shape())) : Optional.empty();
    }

    /** Of what a loop computes; a sum of products is left to {@code SumOfProducts}. */
    private static Optional<Expr> sumOfFew(Expr y) {
        if (!(y.op() instanceof Op.Reduce(var reducer, var axes) && reducer == Reducer.SUM && axes.size() == 1)) {
            return Optional.empty();
        }
        Expr x = y.input(0);
        int axis = axes.getFirst(), n = x.size(axis);
        boolean isComputed = x.op() instanceof Op.Zip || x.op() instanceof Op.Map || x.op() instanceof Op.Select;
        return isComputed && n > 1 && n <= FEW && axis < x.rank() - 1 && x.size(-1) > 1
                ? Optional.of(IntStream.range(0, n).mapToObj(i -> x.at(axis, i)).reduce(Expr::add).orElseThrow())
                : Optional.empty();
    }
}
