package dev.joule.autodiff;

/** A variable's new value at the end of a run, computed from the values that all variables had at its start. */
public record Update(Expr variable, Expr value) {
    public Update {
        if (!(variable.op() instanceof Op.Variable)) {
            throw Origin.error("update: " + variable + " is not a variable");
        }
        if (!value.shape().equals(variable.shape())) {
            throw Origin.error(
                    "update: the new value's shape " + value.shape() + " is not that of the variable, " + variable.shape());
        }
        if (value.dtype().isReal() && !variable.dtype().isReal()) {
            throw Origin.error("update: the new value of " + variable + " is " + value.dtype()
                    + "; cast(DType.INT32) truncates it");
        }
        value = value.cast(variable.dtype());
    }
}
