package dev.plimsoll.wire.protocol;

/**
 * Where a sequence's tokens are: {@code chunks} records of the topic {@code tokenized} from offset
 * {@code ordinal} on.
 *
 * @param tokens sequence length
 * @param lossTokens tokens that are predicted and counted in the loss
 */
public record SequenceRef(long ordinal, int tokens, int lossTokens, int chunks) {

    public SequenceRef {
        if (ordinal < 0 || tokens < 1 || lossTokens < 0 || lossTokens > tokens || chunks < 1) {
            throw new IllegalArgumentException("sequence at ordinal " + ordinal + " has tokens "
                    + tokens + ", lossTokens " + lossTokens + ", chunks " + chunks);
        }
    }
}
