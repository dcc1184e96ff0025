package dev.plimsoll.wire.codec;

import com.fasterxml.jackson.annotation.JacksonInject;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.AnnotatedClass;
import com.fasterxml.jackson.databind.introspect.AnnotatedMember;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.jsontype.NamedType;

import java.util.ArrayList;
import java.util.List;

/** Tells Jackson what {@link WireFamily}, {@link WireName} and {@link AddedLater} say. */
final class WireAnnotations extends JacksonAnnotationIntrospector {

    private static final long serialVersionUID = 1;

    @Override
    public String findTypeName(AnnotatedClass type) {
        WireName name = type.getRawType().getAnnotation(WireName.class);
        return name == null ? super.findTypeName(type) : name.value();
    }

    @Override
    public List<NamedType> findSubtypes(Annotated annotated) {
        Class<?> type = annotated.getRawType();
        if (!type.isSealed() || !type.isAnnotationPresent(WireFamily.class)) {
            return super.findSubtypes(annotated);
        }
        return leaves(type).stream()
                .map(leaf -> new NamedType(leaf, nameOf(leaf).value()))
                .toList();
    }

    /** A default is injected where the JSON has no value for the component. */
    @Override
    public JacksonInject.Value findInjectableValue(AnnotatedMember member) {
        AddedLater later = member.getAnnotation(AddedLater.class);
        return later == null
                ? super.findInjectableValue(member)
                : JacksonInject.Value.construct(
                        new Json.Default(later.value(), member.toString()), true);
    }

    /** The records of a family, in the order in which it permits them. */
    static List<Class<?>> leaves(Class<?> type) {
        if (!type.isSealed()) {
            return List.of(type);
        }
        List<Class<?>> leaves = new ArrayList<>();
        for (Class<?> permitted : type.getPermittedSubclasses()) {
            leaves.addAll(leaves(permitted));
        }
        return leaves;
    }

    static WireName nameOf(Class<?> leaf) {
        WireName name = leaf.getAnnotation(WireName.class);
        if (name == null) {
            throw new IllegalStateException(leaf + " crosses Kafka and has no @WireName");
        }
        return name;
    }
}
