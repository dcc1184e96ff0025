package dev.plimsoll.k8s;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** The additional properties of a tree of models: what was given and is in no schema. */
final class UnknownFields {

    private static final String KEPT = "getAdditionalProperties";

    private final List<String> found = new ArrayList<>();
    private final Map<Object, Boolean> seen = new IdentityHashMap<>();

    private UnknownFields() {}

    static List<String> of(Object model) {
        UnknownFields fields = new UnknownFields();
        fields.look(model.getClass().getSimpleName(), model);
        return fields.found;
    }

    private void look(String at, Object value) {
        if (value == null || seen.put(value, true) != null) {
            return;
        }
        if (value instanceof Collection<?> many) {
            many.forEach(one -> look(at + "[]", one));
        } else if (value instanceof Map<?, ?> map) {
            map.forEach((key, one) -> look(at + "." + key, one));
        } else if (value.getClass().getName().startsWith("io.strimzi.")
                || value.getClass().getName().startsWith("io.fabric8.")) {
            for (Method method : value.getClass().getMethods()) {
                if (isGetter(method)) {
                    got(at, value, method);
                }
            }
        }
    }

    private static boolean isGetter(Method method) {
        return method.getParameterCount() == 0
                && !Modifier.isStatic(method.getModifiers())
                && method.getName().startsWith("get")
                && !method.getName().equals("getClass");
    }

    private void got(String at, Object model, Method method) {
        Object value;
        try {
            value = method.invoke(model);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(method + " cannot be asked", e);
        }
        if (!method.getName().equals(KEPT)) {
            look(at + "." + method.getName().substring(3), value);
        } else if (value instanceof Map<?, ?> more) {
            more.keySet().forEach(name -> found.add(at + "." + name));
        }
    }
}
