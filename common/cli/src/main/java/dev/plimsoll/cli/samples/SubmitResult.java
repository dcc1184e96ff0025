package dev.plimsoll.cli.samples;

import dev.plimsoll.wire.codec.Json;
import dev.plimsoll.wire.codec.Shown;

import java.util.List;

/**
 * What became of the samples of one submit, for programs.
 *
 * @param sent how many the broker has
 * @param unreadable how many places could not be read as samples
 * @param cut how many of the accepted were shortened to the run's limit of tokens
 * @param alreadyThere how many add nothing, because the same was submitted before
 * @param withoutVerdict how many nobody has dealt with, or was asked about
 * @param reasons why samples were rejected, with the first of each reason
 * @param reasonsBefore the same of samples that were rejected when they were first submitted
 */
record SubmitResult(
        long sent,
        long unreadable,
        long accepted,
        long cut,
        long alreadyThere,
        long rejected,
        long withoutVerdict,
        List<Rejections.OfReason> reasons,
        List<Rejections.OfReason> reasonsBefore) {

    /** Nobody waited for verdicts, or there were none. */
    static SubmitResult without(long sent, long unreadable) {
        return new SubmitResult(sent, unreadable, 0, 0, 0, 0, sent, List.of(), List.of());
    }

    String json() {
        return Shown.json(Json.mapper().valueToTree(this).toString());
    }
}
