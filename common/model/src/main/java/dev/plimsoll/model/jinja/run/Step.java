package dev.plimsoll.model.jinja.run;

import dev.plimsoll.model.jinja.value.StrBuilder;

/** A statement, ready to run. */
interface Step {

    /** How a statement ended. */
    enum End {
        NORMAL,
        BREAK,
        CONTINUE
    }

    End run(Scope scope, StrBuilder out);
}
