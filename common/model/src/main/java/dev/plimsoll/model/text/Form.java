package dev.plimsoll.model.text;

import java.util.ArrayList;
import java.util.List;

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

    /** What a person should know of it. */
    List<String> notes() {
        List<String> notes = new ArrayList<>();
        switch (silence) {
            case AS_GIVEN -> {}
            case EMPTY ->
                notes.add("content of null beside a call is given to the model's chat template as"
                        + " an empty string: it cannot write null");
            case NULL ->
                notes.add("empty content beside a call is given to the model's chat template as"
                        + " null: it writes calls only then");
        }
        if (partsJoined) {
            notes.add("content that is a list of one part of text is given to the model's chat"
                    + " template as that text: it would write the list");
        }
        switch (arguments) {
            case AS_GIVEN -> {}
            case READ ->
                notes.add("arguments of calls that are given as strings are read as objects: the"
                        + " template would quote them once more");
            case WRITTEN ->
                notes.add("arguments of calls that are objects are given to the model's chat"
                        + " template as strings of JSON: it cannot write objects");
        }
        return notes;
    }
}
