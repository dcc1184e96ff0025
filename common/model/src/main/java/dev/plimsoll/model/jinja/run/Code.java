package dev.plimsoll.model.jinja.run;

/** An expression, ready to run. */
interface Code {
    Object eval(Scope scope);
}
