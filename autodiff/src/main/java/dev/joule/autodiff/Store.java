package dev.joule.autodiff;

import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import dev.joule.autodiff.planner.Pass;
import dev.joule.autodiff.planner.Planned;
import dev.joule.autodiff.planner.Planner;
import dev.joule.core.Device;
import dev.joule.core.Execution;
import dev.joule.core.Tensor;
import dev.joule.core.memory.Scope;

/**
 * The values of variables on a device. Programs of one store share them, and arrays from the host: what a training program updates, an
 * evaluation sees.
 * A variable gets its first value when a program, or a caller, first needs it. Closing a store closes its programs.
 */
public final class Store implements AutoCloseable {
    private final Device device;
    private final long seed;
    private final Scope scope = new Scope();
    private final Map<Expr, Tensor> values = new LinkedHashMap<>();
    private final SharedArrays arrays = new SharedArrays();
    private final Set<Program> programs = new LinkedHashSet<>();
    private final Map<Expr, Long> changes = new HashMap<>();
    private long seedsGiven;

    /**
     * @param seed the seed of all first values and of all programs, by their turn: the same seed, and the same programs in the same order,
     *             give the same bits
     */
    public Store(Device device, long seed) {
        this.device = device;
        this.seed = seed;
    }

    public Device device() {
        return device;
    }

    /** The variables that have a value, in the order of their first use. */
    public synchronized List<Expr> variables() {
        return List.copyOf(values.keySet());
    }

    /** A variable's value in row-major order. */
    public double[] get(Expr variable) {
        return tensor(variable).toArray();
    }

    /** Sets a variable's value, in row-major order. */
    public void set(Expr variable, double... values) {
        if (values.length != variable.shape().count()) {
            throw Origin.error("store: " + values.length + " values for variable " + Names.of(variable) + " of shape "
                    + variable.shape());
        }
        Constants.requireIntegers("store", variable.dtype(), values);
        tensor(variable).set(values);
        changed(List.of(variable));
    }

    /** How often variables have been given other values, all together: by {@link #set}, and by calls that run a program which updates them. */
    public synchronized long changes(Collection<Expr> variables) {
        return variables.stream().mapToLong(variable -> changes.getOrDefault(variable, 0L)).sum();
    }

    synchronized void changed(Collection<Expr> variables) {
        variables.forEach(variable -> changes.merge(variable, 1L, Long::sum));
    }

    /** Gives first values to those of the variables that have none. */
    synchronized void initialise(Collection<Expr> variables) {
        requireOpen();
        List<Expr> read = missing(variables).stream().map(variable -> slot(variable).initial()).toList();
        if (read.isEmpty()) {
            return;
        }
        initialise(Graph.topological(read).stream().filter(node -> node.op() instanceof Op.Variable).toList());
        List<Expr> missing = missing(variables);   // less those that others have read

        // one program that writes each first value into its variable
        Planned planned = Planner.plan(List.of(),
                missing.stream().map(variable -> new Update(variable, slot(variable).initial())).toList(),
                Pass.wanted(device.readsWindows()));
        boolean done = false;
        try (Scope constants = new Scope()) {
            missing.forEach(variable -> values.put(variable, Tensor.zeros(variable.dtype(), variable.shape())));
            try (Execution execution = prepare(planned, externals(planned, constants), nextSeed())) {
                execution.run(1);
                done = true;
            }
        } finally {
            for (Expr variable : missing) {
                Tensor value = values.get(variable);   // null from the one on for which there was no memory
                if (done) {
                    scope.add(value);
                } else if (value != null) {
                    values.remove(variable).close();
                }
            }
        }
    }

    private List<Expr> missing(Collection<Expr> variables) {
        return variables.stream().filter(variable -> !values.containsKey(variable)).distinct().toList();
    }

    /**
     * The tensors that a plan refers to: those of variables, which have values by now, those of arrays, which programs share, and new ones for its
     * results. The given scope gives back what it has of them.
     */
    synchronized List<Tensor> externals(Planned planned, Scope memory) {
        requireOpen();
        return planned.externals().stream().map(node -> switch (node.op()) {
            case Op.Variable _ -> values.get(node);
            case Op.Data(Op.Array array) -> arrays.use(array, memory);
            default -> memory.add(Tensor.zeros(node.dtype(), node.shape()));
        }).toList();
    }

    Execution prepare(Planned planned, List<Tensor> externals, long seed) {
        return device.prepare(planned.plan(), externals, seed);
    }

    /** A seed for one more program. */
    synchronized long nextSeed() {
        return mix(seed + ++seedsGiven * 0x9E3779B97F4A7C15L);
    }

    synchronized void add(Program program) {
        requireOpen();
        programs.add(program);
    }

    synchronized void remove(Program program) {
        programs.remove(program);
    }

    private Tensor tensor(Expr variable) {
        slot(variable);
        initialise(List.of(variable));
        synchronized (this) {
            return values.get(variable);
        }
    }

    private static Op.Slot slot(Expr variable) {
        if (variable.op() instanceof Op.Variable(Op.Slot slot)) {
            return slot;
        }
        throw Origin.error("store: " + Names.of(variable) + " " + variable.shape() + " is not a variable");
    }

    private void requireOpen() {
        if (scope.isClosed()) {
            throw new IllegalStateException("this store is closed");
        }
    }

    /** Spreads neighbouring seeds over all bits (the finaliser of SplitMix64, Steele et al. 2014). */
    private static long mix(long z) {
        long a = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        long b = (a ^ a >>> 27) * 0x94D049BB133111EBL;
        return b ^ b >>> 31;
    }

    @Override
    public void close() {
        List<Program> open;
        synchronized (this) {
            open = List.copyOf(programs);
        }
        open.forEach(Program::close);
        scope.close();
    }
}
