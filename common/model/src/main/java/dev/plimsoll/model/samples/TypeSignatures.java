package dev.plimsoll.model.samples;

import java.lang.reflect.Executable;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.util.Arrays;
import java.util.stream.Collectors;

/** The public methods that a type declares, as Java source writes them, with simple names. */
final class TypeSignatures {

    private TypeSignatures() {}

    /** One signature a line, sorted; empty where a type declares none. */
    static String of(Class<?> type) {
        return Arrays.stream(type.getDeclaredMethods())
                .filter(m ->
                        Modifier.isPublic(m.getModifiers()) && !m.isSynthetic() && !m.isBridge())
                .map(TypeSignatures::signature)
                .sorted()
                .distinct()
                .collect(Collectors.joining("\n"));
    }

    private static String signature(Method method) {
        String modifier = Modifier.isStatic(method.getModifiers())
                ? "static "
                : method.isDefault() ? "default " : "";
        String thrown = method.getGenericExceptionTypes().length == 0
                ? ""
                : " throws " + list(method.getGenericExceptionTypes(), ", ");
        return modifier + variables(method) + name(method.getGenericReturnType()) + " "
                + method.getName() + "(" + parameters(method) + ")" + thrown;
    }

    private static String variables(Executable method) {
        TypeVariable<?>[] variables = method.getTypeParameters();
        return variables.length == 0
                ? ""
                : Arrays.stream(variables)
                        .map(TypeSignatures::variable)
                        .collect(Collectors.joining(", ", "<", "> "));
    }

    private static String variable(TypeVariable<?> variable) {
        Type[] bounds = variable.getBounds();
        boolean plain = bounds.length == 1 && bounds[0] == Object.class;
        return plain ? variable.getName() : variable.getName() + " extends " + list(bounds, " & ");
    }

    private static String parameters(Method method) {
        String all = list(method.getGenericParameterTypes(), ", ");
        return method.isVarArgs() ? all.substring(0, all.length() - "[]".length()) + "..." : all;
    }

    private static String list(Type[] types, String separator) {
        return Arrays.stream(types)
                .map(TypeSignatures::name)
                .collect(Collectors.joining(separator));
    }

    private static String name(Type type) {
        return switch (type) {
            case Class<?> c -> c.isArray() ? name(c.getComponentType()) + "[]" : c.getSimpleName();
            case ParameterizedType p ->
                name(p.getRawType()) + "<" + list(p.getActualTypeArguments(), ", ") + ">";
            case GenericArrayType a -> name(a.getGenericComponentType()) + "[]";
            case TypeVariable<?> v -> v.getName();
            case WildcardType w -> wildcard(w);
            default -> type.getTypeName();
        };
    }

    private static String wildcard(WildcardType wildcard) {
        if (wildcard.getLowerBounds().length > 0) {
            return "? super " + list(wildcard.getLowerBounds(), " & ");
        }
        return wildcard.getUpperBounds()[0] == Object.class
                ? "?"
                : "? extends " + list(wildcard.getUpperBounds(), " & ");
    }
}
