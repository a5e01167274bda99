package dev.joule.ed.file;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Names;
import dev.joule.autodiff.Program;
import dev.joule.autodiff.Store;
import dev.joule.core.DType;
import dev.joule.core.Shape;

/**
 * All variables of a store in a safetensors file, and how many steps have been made. To go on to the bit, a program makes the same
 * expressions and compiles the same programs, in the same order: a store gives each of them its seed by its turn.
 *
 * <p>Variables are known by their names. Those that have the same, as the step counters of two optimisers, are told apart by their turn:
 * {@code adam.step}, {@code adam.step#2}. Two networks should have names of their own ({@code Mlp.of("decoder", …)}): a
 * program that uses them in another order would exchange them.
 */
public final class Checkpoint {
    private static final String STEP = "checkpoint.step", SEED = "checkpoint.seed";
    private static final Set<String> OWN = Set.of(STEP, SEED);

    private Checkpoint() {
    }

    /** @param step how many steps have been made: {@code program.clock()} */
    public static void save(Path file, Store store, long step) throws IOException {
        Safetensors.write(file, arrays(store, step));
    }

    /** Saves the store and how many steps a program has made, to {@link #resume} it. */
    public static void save(Path file, Store store, Program program) throws IOException {
        Map<String, Safetensors.Array> arrays = arrays(store, program.clock());
        arrays.put(SEED, new Safetensors.Array(DType.FLOAT64, Shape.of(2), halves(program.seed())));
        Safetensors.write(file, arrays);
    }

    /** A number of 64 bits as two that a double holds. */
    private static double[] halves(long seed) {
        return new double[]{seed >> 32, seed & 0xFFFFFFFFL};
    }

    private static Map<String, Safetensors.Array> arrays(Store store, long step) {
        Map<String, Safetensors.Array> arrays = new LinkedHashMap<>();
        names(store.variables()).forEach((name, variable) -> arrays.put(name,
                new Safetensors.Array(variable.dtype(), variable.shape(), store.get(variable))));
        arrays.put(STEP, new Safetensors.Array(DType.FLOAT64, Shape.SCALAR, new double[]{step}));
        return arrays;
    }

    /**
     * Gives all variables that the store has the values that they had, and the program its clock: what it does then is the same, to the bit, as if
     * nothing had been in between.
     *
     * @throws IOException if it is no such file, or lacks a variable that the store has, or its program draws other noise; then nothing changes
     */
    public static void resume(Path file, Store store, Program program) throws IOException {
        Map<String, Safetensors.Array> arrays = read(file);
        Safetensors.Array seed = arrays.get(SEED);
        if (seed != null && !Arrays.equals(seed.values(), halves(program.seed()))) {
            throw new IOException(
                    file + " was saved by another program, which draws other noise: where several share a store, each has a file"
                            + " of its own; and it must be compiled in the same turn, in a store of the same seed");
        }
        program.rewind(set(file, store, arrays, names(store.variables())));
    }

    /**
     * Gives all variables that the store has the values that they had. What the file has besides, nobody asks for.
     *
     * @return how many steps had been made, for {@code program.rewind(step)}
     * @throws IOException           if it is no such file, or of other variables; then the store is as it was
     * @throws IllegalStateException if the store has no variables yet: they come with the first program that needs them
     */
    public static long load(Path file, Store store) throws IOException {
        Map<String, Safetensors.Array> arrays = read(file);
        if (store.variables().isEmpty() && arrays.size() > 1) {
            throw new IllegalStateException("load: the store has no variables yet, so nothing of " + file
                    + " would be used; load(file, store, variables) says which are wanted");
        }
        return set(file, store, arrays, names(store.variables()));
    }

    /**
     * Gives the named variables the values that those of their names had: a network's, say, in a new store, to look at what it has learned.
     *
     * @return how many steps had been made
     * @throws IOException if it is no such file, has none or more than one of a variable's name, or another shape; then the store is as it was
     */
    public static long load(Path file, Store store, List<Expr> variables) throws IOException {
        Map<String, Safetensors.Array> arrays = read(file);
        Map<String, Expr> names = names(variables.stream().distinct().toList());
        for (String name : names.keySet()) {
            if (arrays.containsKey(name + "#2")) {
                throw new IOException(file + " has several variables named " + name
                        + ": networks that are to be told apart need names of their own");
            }
        }
        return set(file, store, arrays, names);
    }

    private static Map<String, Safetensors.Array> read(Path file) throws IOException {
        Map<String, Safetensors.Array> arrays = Safetensors.read(file);
        if (!arrays.containsKey(STEP)) {
            throw new IOException(file + " is no checkpoint: it has no " + STEP);
        }
        return arrays;
    }

    private static long set(Path file, Store store, Map<String, Safetensors.Array> arrays, Map<String, Expr> names)
            throws IOException {
        List<String> wrong = new ArrayList<>();
        names.forEach((name, variable) -> {
            Safetensors.Array array = arrays.get(name);
            if (array == null) {
                wrong.add(name + " is not in it");
            } else if (array.dtype() != variable.dtype() || !array.shape().equals(variable.shape())) {
                wrong.add(
                        name + " is " + array.dtype() + array.shape() + " and should be " + variable.dtype() + variable.shape());
            }
        });
        if (!wrong.isEmpty()) {
            throw new IOException(file + " is a checkpoint of another program: " + String.join("; ", wrong));
        }
        names.forEach((name, variable) -> store.set(variable, arrays.get(name).values()));
        return (long) arrays.get(STEP).values()[0];
    }

    private static Map<String, Expr> names(List<Expr> variables) {
        Map<String, Expr> names = new LinkedHashMap<>();
        for (Expr variable : variables) {
            String name = Names.of(variable), free = name;
            for (int turn = 2; names.containsKey(free) || OWN.contains(free); turn++) {
                free = name + "#" + turn;
            }
            names.put(free, variable);
        }
        return names;
    }
}
