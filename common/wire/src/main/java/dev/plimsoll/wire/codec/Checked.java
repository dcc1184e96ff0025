package dev.plimsoll.wire.codec;

import java.util.Optional;

/**
 * A record that strangers may write: {@link WireCodec#decode} looks at its texts and numbers too.
 * Its constructor does not, since who makes one of his own knows what he says.
 */
public interface Checked {

    /** What is impossible about it, with the value; empty when nothing is. */
    Optional<String> impossible();
}
