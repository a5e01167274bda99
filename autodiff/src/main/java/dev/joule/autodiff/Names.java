package dev.joule.autodiff;

import java.util.Locale;

/** What people call a node. */
public final class Names {
    private Names() {
    }

    public static String of(Expr node) {
        return switch (node.op()) {
            case Op.Constant(_, double value) ->
                String.format(Locale.ROOT, value == Math.rint(value) && Math.abs(value) < 1e6 ? "%.0f" : "%.6g", value);
            case Op.Data _ -> "array";
            case Op.Variable(var slot) -> slot.name();
            case Op.Random(var stream) -> stream.draw().getClass().getSimpleName().toLowerCase(Locale.ROOT);
            case Op.Range _ -> "range";
            case Op.Map(var f) -> f.word();
            case Op.Zip(var f) -> f.word();
            case Op.Select _ -> "where";
            case Op.Cast _ -> "cast";
            case Op.Detach _ -> "detach";
            case Op.Reduce(var reducer, var axes) -> reducer.name().toLowerCase(Locale.ROOT) + axes;
            case Op.MatMul _ -> "matmul";
            case Op.Reshape _ -> "reshape";
            case Op.Permute(var order) -> "permute" + order;
            case Op.Broadcast _ -> "broadcast";
            case Op.Slice _ -> "slice";
            case Op.Embed _ -> "embed";
            case Op.Concat _ -> "concat";
            case Op.Unfold _ -> "unfold";
            case Op.Fold _ -> "fold";
            case Op.Rows _ -> "rows";
            case Op.ScatterRows _ -> "scatterRows";
            case Op.WithRows _ -> "withRows";
        };
    }
}
