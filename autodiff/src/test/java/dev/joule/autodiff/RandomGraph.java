package dev.joule.autodiff;

import static dev.joule.autodiff.Constants.array;
import static dev.joule.autodiff.Constants.constant;
import static dev.joule.autodiff.Constants.range;
import static dev.joule.autodiff.Constants.variable;
import static dev.joule.autodiff.Functions.concat;
import static dev.joule.autodiff.Functions.where;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

import dev.joule.core.DType;
import dev.joule.core.Shape;

/** A random expression over a few variables: all kinds of operations, with functions that keep numbers of moderate size. */
final class RandomGraph {
    final List<Expr> variables = new ArrayList<>();
    final List<Expr> outputs = new ArrayList<>();
    final List<Update> updates = new ArrayList<>();

    private final Random random;
    private final DType dtype;
    private final int batch;   // or 0
    private final List<Expr> pool = new ArrayList<>();

    RandomGraph(long seed, DType dtype) {
        this.random = new Random(seed);
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
                pool.add(Functions.tanh(next.cast(dtype)));   // tame
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
        return switch (random.nextInt(25)) {
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
                    return left.matmul(right);
                }
            }
        }
        return a.transpose().matmul(a);
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

    /** With some rows in the places of others, perhaps several in one place. */
    private Expr replaced() {
        Expr x = some(1);
        Expr index = Noise.randint(x.size(0), random.nextInt(1, 6));
        return x.withRows(index, x.rows(index.mul(-1).add(x.size(0) - 1)).mul(0.5));
    }

    @Override
    public String toString() {
        return "pool " + Arrays.toString(pool.stream().map(Expr::shape).toArray());
    }
}
