package dev.joule.autodiff;

import static dev.joule.autodiff.Constants.array;
import static dev.joule.autodiff.Constants.constant;
import static dev.joule.autodiff.Constants.range;
import static dev.joule.autodiff.Constants.variable;
import static dev.joule.autodiff.Functions.concat;
import static dev.joule.autodiff.Functions.where;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.Set;
import java.util.stream.IntStream;

import dev.joule.autodiff.nn.Conv2d;
import dev.joule.autodiff.nn.ConvTranspose2d;
import dev.joule.autodiff.planner.Pass;
import dev.joule.autodiff.planner.Planner;
import dev.joule.core.DType;
import dev.joule.core.Device;
import dev.joule.core.Shape;

/** A random expression over a few variables: all kinds of operations, with functions that keep numbers of moderate size. */
final class RandomGraph {
    /** How many of them a test looks at, and from which seed on. */
    static final int GRAPHS = Integer.getInteger("joule.graphs", 1500);
    static final long FIRST_SEED = Long.getLong("joule.seed", 0);

    final List<Expr> variables = new ArrayList<>();
    final List<Expr> outputs = new ArrayList<>();
    final List<Update> updates = new ArrayList<>();

    private final long seed;
    private final Random random;
    private final DType dtype;
    private final int batch;   // or 0
    private final List<Expr> pool = new ArrayList<>();

    RandomGraph(long seed, DType dtype) {
        this.seed = seed;
        this.random = new Random(new SplittableRandom(seed).nextLong());
        this.dtype = dtype;
        this.batch = random.nextBoolean() ? random.nextInt(8, 14) : 0;
        for (int i = 0; i < 3; i++) {
            Shape shape = shape();
            Expr x = variable("x" + i, array(dtype, shape, random.doubles(shape.count(), -1, 1).toArray()));
            variables.add(x);
            pool.add(x);
        }
        for (int i = random.nextInt(4, 14); i > 0; i--) {
            Expr next = next();
            if (next.shape().count() <= 4000) {
                // what only moves numbers is as tame as they are; the others' values stay of moderate size
                pool.add(moves(next) && random.nextBoolean() ? next : Functions.tanh(next.cast(dtype)));
            }
        }
        Expr loss = pool.stream().map(x -> x.mul(x).mean()).reduce(Expr::add).orElseThrow();
        outputs.add(loss);
        outputs.add(pool.getLast());
        List<Expr> gradients = Gradient.gradient(loss, variables);
        outputs.addAll(gradients);
        for (int i = 0; i < variables.size(); i++) {
            updates.add(new Update(variables.get(i), variables.get(i).sub(gradients.get(i).mul(0.1))));
        }
        Expr last = variables.getLast();
        if (random.nextBoolean() && last.rank() > 0) {
            Expr index = Noise.randint(last.size(0), random.nextInt(1, 6));
            updates.set(2, new Update(last, last.withRows(index, random.nextBoolean() ? last.rows(index).mul(0.5)
                    : Noise.normal(index.shape().concat(last.shape().slice(1, last.rank()))).cast(dtype))));
        }
        if (random.nextBoolean() && variables.get(0).shape().equals(variables.get(1).shape())) {   // an exchange
            updates.set(0, new Update(variables.get(0), variables.get(1)));
            updates.set(1, new Update(variables.get(1), variables.get(0)));
        }
    }

    private static boolean moves(Expr x) {
        return switch (x.op()) {
            case Op.Reshape _, Op.Permute _, Op.Broadcast _, Op.Slice _, Op.Unfold _, Op.Embed _, Op.Concat _, Op.Rows _,
                    Op.WithRows _ -> true;
            default -> false;
        };
    }

    /** Small, or with a batch of samples at the front or, now and then, elsewhere. */
    private Shape shape() {
        int[] sizes = IntStream.range(0, random.nextInt(0, 4)).map(_ -> random.nextInt(1, 6)).toArray();
        if (batch > 0 && sizes.length > 0 && random.nextInt(4) > 0) {
            sizes[random.nextInt(3) > 0 ? 0 : random.nextInt(sizes.length)] = batch * random.nextInt(1, 3);
        }
        return Shape.of(sizes);
    }

    private Expr any() {
        return pool.get(random.nextInt(pool.size()));
    }

    /** Any expression, with one more axis if it has none. */
    private Expr some(int rank) {
        Expr x = any();
        while (x.rank() < rank) {
            x = x.expandDims(random.nextInt(x.rank() + 1));
        }
        return x;
    }

    private Expr like(Expr x) {
        Expr y = any();
        try {
            return y.broadcast(x.shape());
        } catch (IllegalArgumentException e) {
            return Noise.uniform(x.shape()).cast(dtype);
        }
    }

    private Expr next() {
        Expr x = any();
        return switch (random.nextInt(30)) {
            case 0 -> Functions.sigmoid(x);
            case 1 -> Functions.softplus(x).sub(Functions.exp(x.neg()));
            case 2 -> Functions.sin(x.mul(3));
            case 3 -> x.add(like(x));
            case 4 -> x.mul(like(x)).sub(like(x));
            case 5 -> x.div(Functions.abs(like(x)).add(1));
            case 6 -> where(like(x).greater(0.1), x, like(x));
            case 7 -> Functions.max(x, like(x).mul(0.5));
            case 8 -> reduced();
            case 9 -> product();
            case 10 -> some(2).transpose();
            case 11 -> permuted();
            case 12 -> x.reshape(-1);
            case 13 -> split();
            case 14 -> some(1).flip(0);
            case 15 -> sliced();
            case 16 -> some(1).pad(0, random.nextInt(3), random.nextInt(3));
            case 17 -> joined();
            case 18 -> gathered();
            case 19 -> x.add(Noise.normal(x.shape()).mul(0.3));
            case 20 -> Functions.logSumExp(some(1), 0);
            case 21 -> repeated();
            case 22 -> diagonal();
            case 23 -> replaced();
            case 24 -> onOneSide().add(onOneSide());
            case 26 -> unfolded();
            case 27 -> folded();
            case 28 -> convolved();
            case 25 -> x.add(integers(x.shape()).cast(dtype).mul(0.1));
            default -> x.mul(x.detach()).add(constant(dtype, 0.5));
        };
    }

    private Expr reduced() {
        Expr x = some(1);
        int[] axes = IntStream.range(0, x.rank()).filter(_ -> random.nextBoolean()).toArray();
        return switch (random.nextInt(4)) {
            case 0 -> x.max(axes);
            case 1 -> x.var(axes);
            case 2 -> axes.length == 0 ? x.sum() : x.sum(axes).restore(x, axes).add(x);
            default -> x.mean(axes);
        };
    }

    private Expr product() {
        Expr a = some(2), b = some(2);
        for (Expr left : List.of(a, a.transpose())) {
            for (Expr right : List.of(b, b.transpose(), a, a.transpose())) {
                if (left.size(-1) == right.size(-2) && (left.rank() == 2 || right.rank() == 2
                        || left.shape().slice(0, left.rank() - 2).equals(right.shape().slice(0, right.rank() - 2)))) {
                    return product(left, right);
                }
            }
        }
        return product(a.transpose(), a);
    }

    /** Now and then beside that of other rows, which are these times a number each, or beside its mirror image. */
    private Expr product(Expr a, Expr b) {
        Expr s = a.mean(a.rank() - 1).expandDims(-1), t = like(a);
        return switch (random.nextInt(9)) {
            case 0 -> a.matmul(b).sub(a.mul(s).neg().matmul(b.mul(0.3)));
            case 1 -> a.sub(t.mul(s)).matmul(b).add(a.mul(s).sub(t.mul(s).mul(s)).matmul(b));
            case 2 -> a.mul(t).matmul(b).add(t.mul(0.7).mul(a).matmul(b).mul(s));
            case 3 -> {
                Expr where = t.greater(0);
                yield where(where, a, a.mul(0.2)).matmul(b).add(where(where, a.mul(0.3), a.mul(0.06)).mul(s).matmul(b));
            }
            case 4 -> a.matmul(b).add(b.transpose().matmul(a.mul(0.5).transpose()).transpose());
            default -> a.matmul(b);
        };
    }

    /** With one more axis, along which it is repeated. */
    private Expr repeated() {
        Expr x = any();
        int axis = random.nextInt(x.rank() + 1);
        Expr open = x.expandDims(axis);
        return open.broadcast(open.shape().with(axis, random.nextInt(1, 6)));
    }

    /** A product with ones on the diagonal, of a matrix that may be square. */
    private Expr diagonal() {
        Expr x = some(2);
        int n = x.size(-1);
        Expr ones = Functions.oneHot(range(n), random.nextBoolean() ? n : random.nextInt(1, 6)).cast(dtype);
        return random.nextBoolean() || n != ones.size(-1) ? x.matmul(ones) : ones.transpose().matmul(x.transpose());
    }

    private Expr permuted() {
        Expr x = some(1);
        List<Integer> order = new ArrayList<>(IntStream.range(0, x.rank()).boxed().toList());
        java.util.Collections.shuffle(order, random);
        return x.permute(order.stream().mapToInt(Integer::intValue).toArray());
    }

    /** A reshape that splits and joins axes at random. */
    private Expr split() {
        Expr x = any();
        int n = (int) x.shape().count();
        int[] divisors = IntStream.rangeClosed(1, n).filter(i -> n % i == 0).toArray();
        int first = divisors[random.nextInt(divisors.length)];
        return x.reshape(first, n / first);
    }

    private Expr sliced() {
        Expr x = some(1);
        int axis = random.nextInt(x.rank()), from = random.nextInt(x.size(axis)), to = random.nextInt(from + 1, x.size(axis) + 1);
        return x.slice(axis, from, to, random.nextInt(1, 3));
    }

    private Expr unfolded() {
        Expr x = some(1);
        int axis = random.nextInt(x.rank());
        return x.unfold(axis, random.nextInt(1, x.size(axis) + 1), random.nextInt(1, 4));
    }

    private Expr folded() {
        Expr x = some(2);
        return x.fold(random.nextInt(x.rank() - 1), random.nextInt(1, 4));
    }

    /** A convolution of images, or a transposed one. */
    private Expr convolved() {
        Expr x = images();
        int in = x.size(-1), out = channels(), stride = random.nextInt(1, 4);
        Expr biases = constant(dtype, 0.1).broadcast(Shape.of(out));
        if (random.nextBoolean()) {
            int padding = random.nextInt(3), most = Math.min(4, Math.min(x.size(-3), x.size(-2)) + 2 * padding),
                    kernel = random.nextInt(1, most + 1);
            return new Conv2d(weights(kernel, kernel, in, out), biases, stride, padding).at(x);
        }
        int kernel = random.nextInt(1, 5), padding = random.nextInt((kernel + 1) / 2);
        return new ConvTranspose2d(weights(in, kernel, kernel, out), biases, stride, padding).at(x);
    }

    /** Too few for a kernel that works with vectors, or not. */
    private int channels() {
        return new int[]{1, 3, 8, 12}[random.nextInt(4)];
    }

    private Expr images() {
        Expr x = any();
        int count = (int) x.shape().count(), lead = batch > 0 && count % batch == 0 ? batch : 1, width = random.nextInt(1, 7),
                channels = channels(), height = Math.min(6, count / lead);
        return x.reshape(lead, count / lead, 1).slice(1, 0, height).matmul(Noise.uniform(1, width * channels).cast(dtype))
                .reshape(lead, height, width, channels);
    }

    /** So small that what they are multiplied with does not grow, of numbers that all devices draw to the bit. */
    private Expr weights(int... sizes) {
        double count = Shape.of(sizes).count() / Math.min(sizes[0], sizes[3]);
        return Noise.uniform(sizes).cast(dtype).sub(0.5).add(any().mean()).div(Math.sqrt(count));
    }

    private Expr joined() {
        Expr x = some(1), y = x.mul(0.5);
        int axis = random.nextInt(x.rank());
        return concat(axis, x, y, x.slice(axis, 0, 1));
    }

    private Expr gathered() {
        Expr x = some(1);
        int n = x.size(0);
        Expr index = random.nextBoolean() ? Noise.randint(n, random.nextInt(1, 6)) : range(n).mul(-1).add(n - 1);
        return x.rows(index);
    }

    /** Zero on one side of a condition, which may be that of another such expression. */
    private Expr onOneSide() {
        Expr x = pool.getLast(), zero = constant(dtype, 0).broadcast(x.shape()), condition = x.greater(random.nextInt(2) * 0.1);
        return random.nextBoolean() ? where(condition, like(x), zero) : where(condition, zero, like(x));
    }

    private Expr integers(Shape shape) {
        Expr i = Noise.randint(7, shape);
        return i.mul(3).sub(i.mul(i)).mul(2).add(1);
    }

    /** With some rows in the places of others, perhaps several in one place. */
    private Expr replaced() {
        Expr x = some(1);
        Expr index = Noise.randint(x.size(0), random.nextInt(1, 6));
        return x.withRows(index, x.rows(index.mul(-1).add(x.size(0) - 1)).mul(0.5));
    }

    /** Two runs: outputs of the second, and all variables after it. */
    List<double[]> run(Device device, Set<Pass> passes) {
        try (Store store = new Store(device, 1)) {
            store.initialise(variables);
            try (Program program = Program.of(store, Planner.plan(outputs, updates, Pass.on(passes, device.readsWindows())))) {
                program.run(2);
                List<double[]> results = new ArrayList<>();
                outputs.forEach(output -> results.add(program.values(output)));
                variables.forEach(variable -> results.add(store.get(variable)));
                return results;
            }
        }
    }

    /** Fails, and tells how to see it again, if results differ. */
    void compare(String what, List<double[]> expected, List<double[]> received, double tolerance) {
        for (int i = 0; i < expected.size(); i++) {
            for (int j = 0; j < expected.get(i).length; j++) {
                double a = expected.get(i)[j], b = received.get(i)[j];
                if (!(Math.abs(a - b) <= tolerance * (1 + Math.abs(a)))) {
                    fail("%s: result %d[%d]: expected %.9g, received %.9g. Replay with -Djoule.seed=%d -Djoule.graphs=1; %s"
                            .formatted(what, i, j, a, b, seed, this));
                }
            }
        }
    }

    @Override
    public String toString() {
        return "pool " + Arrays.toString(pool.stream().map(Expr::shape).toArray());
    }
}
