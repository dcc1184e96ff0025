package dev.plimsoll.model.jinja.run;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which names a block uses and where their values come from when it begins. A name that is only
 * read belongs to the nearest block around that knows it; one that is assigned belongs to this
 * block, and begins with the value from around.
 */
final class Symbols {

    /** Where the value of a name comes from when its block begins. */
    enum Load {
        /** It is given, as a loop's variable is. */
        PARAMETER,
        /** From the caller's variables. */
        RESOLVE,
        /** From the block around. */
        ALIAS,
        /** It has none. */
        UNDEFINED
    }

    /** So many blocks up, in this place. */
    record Ref(int hops, int slot) {}

    private final Symbols parent;
    private final Map<String, Integer> slots;
    private final Map<String, Load> loads;
    private final Set<String> stores;

    Symbols(Symbols parent) {
        this(parent, new HashMap<>(), new LinkedHashMap<>(), new HashSet<>());
    }

    private Symbols(
            Symbols parent,
            Map<String, Integer> slots,
            Map<String, Load> loads,
            Set<String> stores) {
        this.parent = parent;
        this.slots = slots;
        this.loads = loads;
        this.stores = stores;
    }

    /** For a branch; both use the same places. */
    Symbols copy() {
        return new Symbols(parent, slots, new LinkedHashMap<>(loads), new HashSet<>(stores));
    }

    Symbols inner() {
        return new Symbols(this);
    }

    private void define(String name, Load load) {
        slots.putIfAbsent(name, slots.size());
        loads.put(name, load);
    }

    /** Null if the name is not known here. */
    Ref find(String name) {
        int hops = 0;
        for (Symbols each = this; each != null; each = each.parent) {
            if (each.loads.containsKey(name)) {
                return new Ref(hops, each.slots.get(name));
            }
            hops++;
        }
        return null;
    }

    private boolean knownAround(String name) {
        return parent != null && parent.find(name) != null;
    }

    void load(String name) {
        if (find(name) == null) {
            define(name, Load.RESOLVE);
        }
    }

    void store(String name) {
        stores.add(name);
        if (!loads.containsKey(name)) {
            define(name, knownAround(name) ? Load.ALIAS : Load.UNDEFINED);
        }
    }

    void parameter(String name) {
        stores.add(name);
        define(name, Load.PARAMETER);
    }

    /** After branches of which one or none will run. */
    void join(List<Symbols> branches) {
        Set<String> stored = new HashSet<>();
        branches.forEach(branch -> stored.addAll(branch.stores));
        stored.removeAll(stores);
        for (Symbols branch : branches) {
            loads.putAll(branch.loads);
            stores.addAll(branch.stores);
        }
        for (String name : stored) {
            loads.put(name, knownAround(name) ? Load.ALIAS : Load.RESOLVE);
        }
    }

    /** What is to be done when the block begins. */
    Entry entry() {
        return new Entry(this);
    }

    int size() {
        return slots.size();
    }

    Map<String, Load> loads() {
        return loads;
    }

    Symbols parent() {
        return parent;
    }

    int slot(String name) {
        return slots.get(name);
    }
}
