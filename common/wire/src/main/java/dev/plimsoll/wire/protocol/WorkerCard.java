package dev.plimsoll.wire.protocol;

/**
 * One of several cards of a worker, and the part of the model that lies on it.
 *
 * @param number of the card on its host
 * @param totalBytes the card's memory; 0 when unknown
 * @param firstLayer of its layers, counted from 0
 * @param layers that lie on it, one after the other
 * @param embedding whether the embedding lies on it: on the first card alone
 * @param head whether the loss head lies on it: on the last card alone
 */
public record WorkerCard(
        int number,
        String name,
        long totalBytes,
        int firstLayer,
        int layers,
        boolean embedding,
        boolean head) {

    /**
     * As people are told of one of a worker's cards: no id of a worker has a space.
     *
     * @param card counted from 0, in the order of its cards
     */
    public static String label(String workerId, int card) {
        return workerId + " card " + card;
    }
}
