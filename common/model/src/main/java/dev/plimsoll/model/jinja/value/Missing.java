package dev.plimsoll.model.jinja.value;

/** Stands where no value was given at all. Templates never see it. */
public enum Missing {
    MISSING
}
