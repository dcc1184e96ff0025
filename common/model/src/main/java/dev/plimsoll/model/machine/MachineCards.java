package dev.plimsoll.model.machine;

import java.util.List;

/**
 * What NVIDIA's driver tells of a machine, as a probe prints it for the command line.
 *
 * @param driver its version; empty where there is none
 * @param cuda the newest version of CUDA that it takes
 * @param problem why it tells nothing; empty where it does
 */
public record MachineCards(String driver, String cuda, String problem, List<Card> cards) {

    public MachineCards {
        cards = List.copyOf(cards);
    }

    /** Where nothing can be asked. */
    public static MachineCards none(String problem) {
        return new MachineCards("", "", problem, List.of());
    }

    /**
     * One card.
     *
     * @param id as CUDA_VISIBLE_DEVICES takes it, whatever the order of the cards
     * @param capability the compute capability, such as 9.0
     * @param users processes that hold some of its memory, as far as the driver names them
     */
    public record Card(
            int number,
            String id,
            String name,
            String capability,
            long totalBytes,
            long freeBytes,
            List<User> users) {

        public Card {
            users = List.copyOf(users);
        }
    }

    /**
     * A process on a card.
     *
     * @param program empty for one of another user or container
     * @param bytes 0 where the driver does not tell
     */
    public record User(long pid, String program, long bytes) {}
}
