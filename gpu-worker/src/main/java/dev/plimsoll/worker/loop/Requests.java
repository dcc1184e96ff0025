package dev.plimsoll.worker.loop;

/** Numbers what is read, so that an answer to what is not awaited any more is known as such. */
final class Requests {
    private long last;

    long next() {
        return ++last;
    }
}
