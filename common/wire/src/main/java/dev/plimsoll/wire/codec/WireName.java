package dev.plimsoll.wire.codec;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The name under which a record crosses Kafka, in {@code ce_type} and as the JSON's {@code type}.
 * It stays when the class is renamed.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface WireName {

    String value();

    /** 0: the family's. A record has one of its own when it changes alone, as the snapshot does. */
    int version() default 0;
}
