package dev.plimsoll.model.text;

/**
 * How fields that come in two forms are given to the template.
 *
 * @param partsJoined content of one part of text becomes that text
 */
record Form(Arguments arguments, boolean partsJoined, Silence silence) {

    /** Of calls. */
    enum Arguments {
        AS_GIVEN,
        /** An object that is written as a string becomes that object. */
        READ,
        /** An object becomes a string of JSON. */
        WRITTEN
    }

    /** Content beside a call that says nothing. */
    enum Silence {
        AS_GIVEN,
        /** Null, or none, becomes an empty string. */
        EMPTY,
        /** An empty string becomes null. */
        NULL
    }

    static final Form AS_GIVEN = new Form(Arguments.AS_GIVEN, false, Silence.AS_GIVEN);

    Form with(Arguments other) {
        return new Form(other, partsJoined, silence);
    }

    Form withPartsJoined() {
        return new Form(arguments, true, silence);
    }

    Form with(Silence other) {
        return new Form(arguments, partsJoined, other);
    }
}
