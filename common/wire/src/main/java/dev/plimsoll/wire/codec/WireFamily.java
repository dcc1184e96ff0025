package dev.plimsoll.wire.codec;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a family of records that cross Kafka: a sealed interface, whose leaves each have a
 * {@link WireName}, or a single record that has one. The header {@code ce_type} of a record is
 * {@code name.recordName.vN}.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface WireFamily {

    /** For example {@code plimsoll.command}. It stays when classes and packages are renamed. */
    String name();

    /** Of every record of the family that names no version of its own. */
    int version() default 1;

    /**
     * Whether a record without the header {@code ce_type} is read by the type that its JSON names:
     * true for what people write with console tools, which send no headers.
     */
    boolean typeFromValue() default false;
}
