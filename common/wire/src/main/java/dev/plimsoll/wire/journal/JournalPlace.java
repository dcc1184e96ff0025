package dev.plimsoll.wire.journal;

import static dev.plimsoll.wire.codec.WireHeaders.header;

import dev.plimsoll.wire.codec.WireHeaders;

import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which record of the journal one is, as the planner that wrote it says. So one that is written
 * again, or is missing, is noticed. Records of runs without a seal do not have it.
 *
 * @param number the first record is 0
 * @param after the offset of the last record of the transaction before; -1: it is of the first
 */
public record JournalPlace(long number, long after) {

    private static final String HEADER = "plimsoll_journal_place";
    private static final Pattern PLACE = Pattern.compile("([0-9]{1,18}) after (-1|[0-9]{1,18})");

    public Header toHeader() {
        return header(HEADER, number + " after " + after);
    }

    /** Empty when the record does not say it. */
    public static Optional<JournalPlace> of(Headers headers) {
        String text = WireHeaders.find(headers, HEADER);
        Matcher place = PLACE.matcher(text == null ? "" : text);
        return place.matches()
                ? Optional.of(new JournalPlace(
                        Long.parseLong(place.group(1)), Long.parseLong(place.group(2))))
                : Optional.empty();
    }
}
