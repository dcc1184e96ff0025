package dev.plimsoll.cli.trace;

import dev.plimsoll.cli.CommandRoom;

import java.util.List;

/** The command that tells a sample's way through a run as an OpenTelemetry trace. */
public final class TraceRoom implements CommandRoom {

    @Override
    public List<Object> commands() {
        return List.of(new TraceCommand());
    }
}
