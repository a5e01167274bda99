package dev.joule.autodiff;

import java.util.HashMap;
import java.util.Map;

import dev.joule.core.Tensor;
import dev.joule.core.memory.Scope;

/** Arrays from the host in native memory: each once, however many programs read it, and as long as one of them is open. */
final class SharedArrays {
    private static final class Shared {
        final Tensor tensor;
        int users;

        Shared(Tensor tensor) {
            this.tensor = tensor;
        }
    }

    private final Map<Op.Array, Shared> shared = new HashMap<>();

    /** An array's elements, which the user gives back when it closes. */
    synchronized Tensor use(Op.Array array, Scope user) {
        Shared its = shared.computeIfAbsent(array, _ -> new Shared(Tensor.of(array.dtype, array.shape, array.values)));
        its.users++;
        user.add(() -> giveBack(array));
        return its.tensor;
    }

    private synchronized void giveBack(Op.Array array) {
        Shared its = shared.get(array);
        its.users--;
        if (its.users == 0) {
            shared.remove(array);
            its.tensor.close();
        }
    }
}
