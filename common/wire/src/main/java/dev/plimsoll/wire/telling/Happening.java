package dev.plimsoll.wire.telling;

import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * A decision of the planner, for people.
 *
 * @param number of the journal's records that are told of
 * @param step null where it is of none
 * @param worker null where it is of none
 * @param request the id of the request that it answers; null where it answers none
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Happening(
        long number,
        long atMillis,
        Kind kind,
        Long step,
        String worker,
        String request,
        String text) {

    /** By what people look for. */
    public enum Kind {
        /** Who joins, who leaves, who is lost. */
        FLEET,
        /** How deep a card may be loaded. */
        MEMORY,
        /** What does not count and is done again. */
        RETRY,
        /** Samples that are not trained. */
        SAMPLE,
        /** What operators asked for, and what became of it. */
        REQUEST,
        EVALUATION,
        STEP,
        RUN
    }

    /** What a fact says, before it has a number and a time. */
    public record Told(Kind kind, Long step, String worker, String request, String text) {

        static Told of(Kind kind, String text) {
            return new Told(kind, null, null, null, text);
        }

        static Told ofWorker(Kind kind, String worker, String text) {
            return new Told(kind, null, worker, null, text);
        }

        static Told ofStep(Kind kind, long step, String text) {
            return new Told(kind, step, null, null, text);
        }

        static Told ofRequest(String request, String text) {
            return new Told(Kind.REQUEST, null, null, request, text);
        }

        Told in(long ofStep) {
            return new Told(kind, ofStep, worker, request, text);
        }

        public Happening at(long number, long atMillis) {
            return new Happening(number, atMillis, kind, step, worker, request, text);
        }
    }
}
