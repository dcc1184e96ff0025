package dev.plimsoll.wire.codec;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a component that a record did not have when its version was first written. A record from
 * before it has the default. Every component without this mark must be in the JSON.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.RECORD_COMPONENT, ElementType.PARAMETER, ElementType.FIELD})
public @interface AddedLater {

    /** What an old record means, as JSON: {@code "0"}, {@code "\"bf16\""}, {@code "null"}. */
    String value();
}
