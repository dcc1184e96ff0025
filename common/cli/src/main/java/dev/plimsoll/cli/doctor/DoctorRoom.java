package dev.plimsoll.cli.doctor;

import dev.plimsoll.cli.CommandRoom;

import java.util.List;

/** The command that looks whether this machine can train. */
public final class DoctorRoom implements CommandRoom {

    @Override
    public List<Object> commands() {
        return List.of(new DoctorCommand());
    }
}
