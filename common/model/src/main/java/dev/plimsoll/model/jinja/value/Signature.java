package dev.plimsoll.model.jinja.value;

import java.util.List;
import java.util.Map;

/** Names of parameters in order; the first {@code required} must be given. */
public record Signature(String of, List<String> names, int required) {

    /** Reads {@code "value width? first?"}: a question mark marks what may be left out. */
    public static Signature of(String name, String parameters) {
        List<String> all = parameters.isEmpty() ? List.of() : List.of(parameters.split(" "));
        int required = (int) all.stream().filter(each -> !each.endsWith("?")).count();
        return new Signature(
                name, all.stream().map(each -> each.replace("?", "")).toList(), required);
    }

    /** A value for each parameter, {@link Missing#MISSING} for those left out. */
    public Object[] bind(Args args) {
        if (args.places().size() > names.size()) {
            throw Failure.type("'" + of + "' takes at most " + names.size()
                    + " arguments and is given " + args.places().size());
        }
        Object[] bound = new Object[names.size()];
        java.util.Arrays.fill(bound, Missing.MISSING);
        for (int i = 0; i < args.places().size(); i++) {
            bound[i] = args.places().get(i);
        }
        for (Map.Entry<String, Object> named : args.names().entrySet()) {
            int place = names.indexOf(named.getKey());
            if (place < 0) {
                throw Failure.type("'" + of + "' has no parameter '" + named.getKey() + "'");
            }
            if (bound[place] != Missing.MISSING) {
                throw Failure.type("'" + of + "' is given two values for '" + named.getKey() + "'");
            }
            bound[place] = named.getValue();
        }
        for (int i = 0; i < required; i++) {
            if (bound[i] == Missing.MISSING) {
                throw Failure.type("'" + of + "' needs a value for '" + names.get(i) + "'");
            }
        }
        return bound;
    }
}
