package dev.plimsoll.model.jinja.builtin;

import dev.plimsoll.model.jinja.value.Args;
import dev.plimsoll.model.jinja.value.Failure;
import dev.plimsoll.model.jinja.value.Signature;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** All filters by name. */
public final class Filters {

    /** A filter; the first argument is the value that is filtered. */
    public interface Filter {
        Object apply(Env env, Args args);
    }

    /** A filter whose arguments are bound to its parameters. */
    interface BoundFilter {
        Object apply(Env env, Object[] args);
    }

    private static final Set<String> UNSUPPORTED = Set.of(
            "filesizeformat",
            "pprint",
            "random",
            "urlize",
            "urlencode",
            "wordwrap",
            "xmlattr",
            "striptags");

    private static final Map<String, Filter> ALL = new HashMap<>();

    static {
        TextFilters.addTo(ALL);
        NumberFilters.addTo(ALL);
        ListFilters.addTo(ALL);
        LazyFilters.addTo(ALL);
    }

    private Filters() {}

    /** Null if there is none. @throws Failure for one that Jinja has and we have not */
    public static Filter get(String name) {
        if (UNSUPPORTED.contains(name)) {
            throw Failure.unsupported("the filter '" + name + "' is not supported");
        }
        return ALL.get(name);
    }

    public static boolean has(String name) {
        return ALL.containsKey(name) || UNSUPPORTED.contains(name);
    }

    static Object call(String name, Env env, Args args) {
        Filter filter = get(name);
        if (filter == null) {
            throw Failure.type("the filter '" + name + "' is not known");
        }
        return filter.apply(env, args);
    }

    /** @param parameters as {@link Signature#of} reads them */
    static void add(Map<String, Filter> to, String name, String parameters, BoundFilter filter) {
        Signature signature = Signature.of(name, parameters);
        to.put(name, (env, args) -> filter.apply(env, signature.bind(args)));
    }
}
