package dev.plimsoll.model.text;

import dev.plimsoll.model.samples.ParsedSample.Segments.Segment;

import java.util.List;
import java.util.Optional;

/**
 * Tokens and mask of a text that no template writes. It is tokenized once; what stands behind
 * {@code border} is trained.
 */
final class RawTraining {

    private RawTraining() {}

    /** @param border in chars; 0 where the whole text is trained */
    static TrainingText of(String text, Encoded tokens, int border, String rule) {
        TrainingText training = new TrainingText(text, tokens);
        int first = tokens.at(border);
        for (int i = first; i < tokens.size(); i++) {
            training.train(i, rule);
        }
        Optional<String> across = across(text, tokens, border, first);
        if (across.isPresent() && first == tokens.size()) {
            // else nothing of the completion would be trained but its end
            for (int i = first - 1; i >= 0 && tokens.to()[i] > border; i--) {
                training.train(i, rule);
            }
            training.notes()
                    .add("the token " + across.get() + " holds the end of the prompt and all of the"
                            + " completion; it is trained");
        } else if (across.isPresent()) {
            training.notes()
                    .add("the token " + across.get() + " holds the end of the prompt and the begin"
                            + " of the completion; it is not trained");
        }
        return training;
    }

    /**
     * A token is trained where all of its chars are of trained pieces.
     *
     * @throws TextRefusal nothing of a trained piece would be trained
     */
    static TrainingText of(String text, Encoded tokens, List<Segment> segments) throws TextRefusal {
        TrainingText training = new TrainingText(text, tokens);
        int from = 0;
        for (int s = 0; s < segments.size(); s++) {
            int to = from + segments.get(s).text().length();
            boolean any = false;
            for (int i = tokens.at(from); i < tokens.size() && tokens.from()[i] < to; i++) {
                if (!segments.get(s).trained()) {
                    continue;
                }
                if (tokens.to()[i] <= to) {
                    training.train(i, "segments[" + s + "]");
                    any = true;
                } else {
                    training.notes()
                            .add("the token '" + text.substring(tokens.from()[i], tokens.to()[i])
                                    + "' holds the end of a trained segment and the begin of the"
                                    + " next; it is not trained");
                }
            }
            if (segments.get(s).trained() && !any && !segments.get(s).text().isBlank()) {
                throw TextRefusal.badField("nothing of the trained text '"
                        + segments.get(s).text()
                        + "' would be trained: its tokens also hold what stands beside it; put"
                        + " more text into that segment");
            }
            from = to;
        }
        return training;
    }

    private static Optional<String> across(String text, Encoded tokens, int border, int first) {
        return first > 0 && tokens.to()[first - 1] > border
                ? Optional.of("'" + text.substring(tokens.from()[first - 1], tokens.to()[first - 1])
                        + "'")
                : Optional.empty();
    }
}
