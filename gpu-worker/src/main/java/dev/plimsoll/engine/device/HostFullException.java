package dev.plimsoll.engine.device;

/** No room in host memory that must stay there, for what layers leave in it. */
public final class HostFullException extends CardFullException {

    private static final long serialVersionUID = 1L;

    public HostFullException(String message, long wantedBytes) {
        super(message, wantedBytes);
    }
}
