package dev.plimsoll.cli.report;

import dev.plimsoll.cli.CommandRoom;

import java.util.List;

/** The command that writes a run as a page to send. */
public final class ReportRoom implements CommandRoom {

    @Override
    public List<Object> commands() {
        return List.of(new ReportCommand());
    }
}
