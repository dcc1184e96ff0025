package dev.plimsoll.cli.control;

import dev.plimsoll.cli.CommandRoom;

import java.util.List;

/** The commands that ask something of a run. */
public final class ControlRoom implements CommandRoom {

    @Override
    public List<Object> commands() {
        return List.of(
                new StatusCommand.Pause(),
                new StatusCommand.Resume(),
                new StatusCommand.Finish(),
                new ControlCommand.Checkpoint(),
                new ControlCommand.Rollback(),
                new SourceCommand(),
                new FleetCommand.Drain(),
                new FleetCommand.MemoryCap());
    }
}
