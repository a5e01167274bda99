package dev.joule.autodiff.rewrite;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Op;
import dev.joule.core.scalar.Binary;

/** Rules about arrays that are put together of others, along one axis. */
public final class Joining {
    public static final List<Rule> RULES = List.of(
            new Rule("sum-of-embedded", "embed(x) + embed(y) → concat(x, y) where the one is 0 where the other is",
                    Joining::sumOfEmbedded),
            new Rule("slice-of-concat", "a slice of concat(x, y) that lies in x → a slice of x", Joining::sliceOfConcat));

    private Joining() {
    }

    /** A part of an array, whose first elements are in place {@code from} of the axis. */
    private record Piece(Expr part, int from) {
    }

    /** The pieces of an array, in order, besides which it is 0. */
    private record Pieces(int axis, List<Piece> list) {
        /** Both together, or nothing if they lie above each other. */
        Optional<Pieces> and(Pieces others) {
            List<Piece> all = new ArrayList<>(list);
            all.addAll(others.list);
            all.sort(Comparator.comparing(Piece::from));
            for (int i = 1; i < all.size(); i++) {
                if (all.get(i).from < all.get(i - 1).from + all.get(i - 1).part.size(axis)) {
                    return Optional.empty();
                }
            }
            return axis == others.axis ? Optional.of(new Pieces(axis, all)) : Optional.empty();
        }

        /** The array, of the type and shape of another one. */
        Expr joined(Expr like) {
            List<Expr> parts = new ArrayList<>();
            int at = 0;
            for (Piece piece : list) {
                fill(parts, like, piece.from - at);
                parts.add(piece.part);
                at = piece.from + piece.part.size(axis);
            }
            fill(parts, like, like.size(axis) - at);
            if (parts.size() < 2) {
                return parts.isEmpty() ? Algebra.number(like, 0) : parts.getFirst();
            }
            return Expr.of(new Op.Concat(axis), parts.toArray(Expr[]::new));
        }

        private void fill(List<Expr> parts, Expr like, int count) {
            if (count > 0) {
                parts.add(Algebra.number(like.slice(axis, 0, count), 0));
            }
        }
    }

    private static Optional<Expr> sumOfEmbedded(Expr y) {
        if (!(y.op() instanceof Op.Zip(Binary f) && f == Binary.ADD)) {
            return Optional.empty();
        }
        return pieces(y.input(0)).flatMap(a -> pieces(y.input(1)).flatMap(a::and)).map(both -> both.joined(y));
    }

    private static Optional<Pieces> pieces(Expr x) {
        return switch (x.op()) {
            case Op.Embed(var starts, var steps, _) -> {
                List<Integer> axes = IntStream.range(0, x.rank()).filter(
                        axis -> x.input(0).size(axis) != x.size(axis) || starts.get(axis) != 0 || steps.get(axis) != 1).boxed()
                        .toList();
                int axis = axes.isEmpty() ? 0 : axes.getFirst();
                yield axes.size() == 1 && (steps.get(axis) == 1 || x.input(0).size(axis) == 1)
                        ? Optional.of(new Pieces(axis, List.of(new Piece(x.input(0), starts.get(axis))))) : Optional.empty();
            }
            case Op.Concat(int axis) -> {
                List<Piece> pieces = new ArrayList<>();
                int from = 0;
                for (Expr part : x.inputs()) {
                    if (!Algebra.is(part, 0)) {
                        pieces.add(new Piece(part, from));
                    }
                    from += part.size(axis);
                }
                yield Optional.of(new Pieces(axis, pieces));
            }
            default -> Optional.empty();
        };
    }

    private static Optional<Expr> sliceOfConcat(Expr y) {
        if (!(y.op() instanceof Op.Slice(var starts, var steps, var shape) && y.input(0).op() instanceof Op.Concat(int axis))) {
            return Optional.empty();
        }
        int from = starts.get(axis), last = from + (shape.size(axis) - 1) * steps.get(axis), at = 0;
        for (Expr part : y.input(0).inputs()) {
            if (at <= Math.min(from, last) && Math.max(from, last) < at + part.size(axis)) {
                List<Integer> inPart = new ArrayList<>(starts);
                inPart.set(axis, from - at);
                boolean all = shape.equals(part.shape()) && isPlain(inPart, 0) && isPlain(steps, 1);
                return Optional.of(all ? part : Expr.of(new Op.Slice(List.copyOf(inPart), steps, shape), part));
            }
            at += part.size(axis);
        }
        return Optional.empty();
    }

    private static boolean isPlain(List<Integer> numbers, int each) {
        return numbers.stream().allMatch(number -> number == each);
    }

    /** @param nodes of the whole program */
    public static List<Rule> rules(List<Expr> nodes) {
        Set<Expr> once = new HashSet<>(), often = new HashSet<>();
        nodes.forEach(node -> node.inputs().forEach(input -> (once.add(input) ? once : often).add(input)));
        return List.of(new Rule("permute-of-concat",
                "(concat of x and y) with its axes in another order, but for the last → concat of x and y with theirs, where nothing else uses it",
                y -> y.op() instanceof Op.Permute && !often.contains(y.input(0)) ? permuteOfConcat(y) : Optional.empty()));
    }

    /** Each part goes to its place at once. A transposed matrix is none of these: products read it as it lies. */
    private static Optional<Expr> permuteOfConcat(Expr y) {
        if (!(y.op() instanceof Op.Permute(var order) && y.input(0).op() instanceof Op.Concat(int axis)
                && order.getLast() == y.rank() - 1)) {
            return Optional.empty();
        }
        Expr[] parts = y.input(0).inputs().stream().map(part -> Expr.of(y.op(), part)).toArray(Expr[]::new);
        return Optional.of(Expr.of(new Op.Concat(order.indexOf(axis)), parts));
    }
}
