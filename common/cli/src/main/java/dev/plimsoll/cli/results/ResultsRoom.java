package dev.plimsoll.cli.results;

import dev.plimsoll.cli.CommandRoom;

import java.util.List;

/** The commands that check, write and compare what a run made. */
public final class ResultsRoom implements CommandRoom {

    @Override
    public List<Object> commands() {
        return List.of(
                new AuditCommand(), new ExportCommand(), new MergeCommand(), new CompareCommand());
    }
}
