package dev.joule.autodiff;

import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;

/** Makes equal subexpressions the same object. The table holds them weakly: an expression that nobody uses is collected. */
final class Interned {
    private record Key(Op op, List<Expr> inputs) {
    }

    private static final class Entry extends WeakReference<Expr> {
        final Key key;

        Entry(Key key, Expr expr, ReferenceQueue<Expr> queue) {
            super(expr, queue);
            this.key = key;
        }
    }

    private static final ConcurrentHashMap<Key, Entry> TABLE = new ConcurrentHashMap<>();
    private static final ReferenceQueue<Expr> COLLECTED = new ReferenceQueue<>();

    private Interned() {
    }

    static Expr of(Op op, List<Expr> inputs) {
        for (Object gone; (gone = COLLECTED.poll()) != null;) {
            TABLE.remove(((Entry) gone).key, gone);
        }
        Key key = new Key(op, inputs);
        Entry entry = TABLE.get(key);
        Expr known = entry == null ? null : entry.get();
        if (known != null) {
            return known;
        }
        Expr fresh = new Expr(op, inputs, Types.of(op, inputs), Origin.here());
        while (true) {
            entry = TABLE.compute(key, (_, old) -> old != null && old.get() != null ? old : new Entry(key, fresh, COLLECTED));
            known = entry.get();
            if (known != null) {
                return known;
            }
        }
    }
}
