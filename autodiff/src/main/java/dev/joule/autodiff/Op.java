package dev.joule.autodiff;

import java.util.List;
import java.util.function.IntToDoubleFunction;

import dev.joule.core.DType;
import dev.joule.core.Shape;
import dev.joule.core.scalar.Binary;
import dev.joule.core.scalar.Draw;
import dev.joule.core.scalar.Reducer;
import dev.joule.core.scalar.Unary;

/**
 * What a node of an expression does with its inputs. The set is closed: shapes, derivatives and the planner each have one
 * exhaustive switch over it. Everything else that a user can write is composed of these, and so has derivatives of every order.
 */
public sealed interface Op {

    // ---- sources: no inputs ----

    /** One number, of shape []. */
    record Constant(DType dtype, double value) implements Op {
    }

    /** An array that the host gave; equal only to itself. */
    record Data(Array array) implements Op {
    }

    /** A value that lives on the device between runs; equal only to itself. */
    record Variable(Slot slot) implements Op {
    }

    /** Random elements, drawn anew in every run of a program; equal only to itself. */
    record Random(Stream stream) implements Op {
    }

    /** 0, 1, … n - 1 as int32. */
    record Range(int n) implements Op {
    }

    // ---- element by element: inputs of one shape ----

    record Map(Unary f) implements Op {
    }

    record Zip(Binary f) implements Op {
    }

    /** Inputs (condition, a, b): a where the condition is not 0, else b. */
    record Select() implements Op {
    }

    record Cast(DType dtype) implements Op {
    }

    /** Its input, of which derivatives know nothing. */
    record Detach() implements Op {
    }

    // ---- sums and products ----

    /** Combines over axes, which disappear. For SUM the adjoint is {@link Broadcast} over the same axes. */
    record Reduce(Reducer reducer, List<Integer> axes) implements Op {
    }

    /** [*batch, m, k] x [*batch, k, n] to [*batch, m, n]. */
    record MatMul() implements Op {
    }

    // ---- the same elements elsewhere ----

    record Reshape(Shape shape) implements Op {
    }

    /** Axis i of the result is axis {@code order[i]} of the input. */
    record Permute(List<Integer> order) implements Op {
    }

    /** Repeats the input along new axes: {@code axes} of the result, whose other axes are the input's. */
    record Broadcast(Shape shape, List<Integer> axes) implements Op {
    }

    /** Element i of an axis is element {@code start + i * step} of the input's. The adjoint is {@link Embed}. */
    record Slice(List<Integer> starts, List<Integer> steps, Shape shape) implements Op {
    }

    /** Element i of an axis goes to {@code start + i * step} of the result's; all others are 0. The adjoint is {@link Slice}. */
    record Embed(List<Integer> starts, List<Integer> steps, Shape shape) implements Op {
    }

    record Concat(int axis) implements Op {
    }

    /** Windows of an axis: [.., n, ..] to [.., count, size, ..], where window i begins at {@code i * step}. The adjoint is {@link Fold}. */
    record Unfold(int axis, int size, int step) implements Op {
    }

    /** The sum of windows, each in its place: [.., count, size, ..] to [.., length, ..]. The adjoint is {@link Unfold}. */
    record Fold(int axis, int length, int step) implements Op {
    }

    /** Inputs (x: [rows, *rest], index: int32 [*where]): the rows of x, [*where, *rest]. The adjoint is {@link ScatterRows}. */
    record Rows() implements Op {
    }

    /** Inputs (index: int32 [*where], y: [*where, *rest]): [rows, *rest] of zeros, to which each row of y is added. */
    record ScatterRows(int rows) implements Op {
    }

    /**
     * Inputs (x: [rows, *rest], index: int32 [*where], y: [*where, *rest]): x, but that the rows which the index names are those of y; where it
     * names one several times, the last of them.
     */
    record WithRows() implements Op {
    }

    // ---- identities ----

    /** Values from the host, asked for by their place in row-major order. */
    final class Array {
        final DType dtype;
        final Shape shape;
        final IntToDoubleFunction values;

        Array(DType dtype, Shape shape, IntToDoubleFunction values) {
            this.dtype = dtype;
            this.shape = shape;
            this.values = values;
        }
    }

    /** The name, type and first value of a variable. */
    final class Slot {
        final String name;
        final Expr initial;

        Slot(String name, Expr initial) {
            this.name = name;
            this.initial = initial;
        }

        public String name() {
            return name;
        }

        /** An expression for the first value; it may read other variables, at their values of that moment. */
        public Expr initial() {
            return initial;
        }
    }

    /** One array of random elements. */
    final class Stream {
        final Draw draw;
        final DType dtype;
        final Shape shape;

        Stream(Draw draw, DType dtype, Shape shape) {
            this.draw = draw;
            this.dtype = dtype;
            this.shape = shape;
        }

        public Draw draw() {
            return draw;
        }
    }
}
