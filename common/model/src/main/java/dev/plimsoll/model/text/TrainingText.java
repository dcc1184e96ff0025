package dev.plimsoll.model.text;

import dev.plimsoll.model.samples.Explanation;
import dev.plimsoll.model.samples.TokenSequence;
import dev.plimsoll.model.samples.TrainedSpan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/** A text, its tokens, and which of them are trained by which rule. */
final class TrainingText {

    private static final int NOTES = 20;

    private String text;
    private Encoded tokens;
    /** For each token why it is trained, or null. */
    private String[] rules;

    private final List<String> notes = new ArrayList<>();
    private final SortedSet<String> leftOut = new TreeSet<>();

    TrainingText(String text, Encoded tokens) {
        this.text = text;
        this.tokens = tokens;
        this.rules = new String[tokens.size()];
    }

    Encoded tokens() {
        return tokens;
    }

    List<String> notes() {
        return notes;
    }

    /** Names of fields that the chat template does not write and that are dropped. */
    SortedSet<String> leftOut() {
        return leftOut;
    }

    void train(int token, String rule) {
        rules[token] = rule;
    }

    boolean isTrained(int token) {
        return rules[token] != null;
    }

    /** Drops the tokens that begin at a char or behind it. */
    void cut(int place) {
        int size = tokens.at(place);
        tokens = tokens.first(size);
        rules = Arrays.copyOf(rules, size);
        text = text.substring(0, size == 0 ? place : Math.max(place, tokens.to()[size - 1]));
    }

    /**
     * Lets the text begin with these tokens, which are not trained. They are put in front with
     * their text, unless they stand there already.
     */
    void begin(int[] ids, String written) {
        if (ids.length == 0) {
            return;
        }
        if (tokens.beginsWith(ids)) {
            Arrays.fill(rules, 0, ids.length, null);
            notes.add("it begins with '" + written
                    + "' already, which is otherwise put in front of a text: no second one is");
            return;
        }
        prepend(ids, written);
    }

    private void prepend(int[] ids, String written) {
        int shift = written.length();
        Encoded joined = new Encoded(
                new int[ids.length + tokens.size()],
                new int[ids.length + tokens.size()],
                new int[ids.length + tokens.size()]);
        for (int i = 0; i < joined.size(); i++) {
            int own = i - ids.length;
            joined.ids()[i] = own < 0 ? ids[i] : tokens.ids()[own];
            joined.from()[i] = own < 0 ? 0 : tokens.from()[own] + shift;
            joined.to()[i] = own < 0 ? shift : tokens.to()[own] + shift;
        }
        String[] moved = new String[joined.size()];
        System.arraycopy(rules, 0, moved, ids.length, rules.length);
        tokens = joined;
        rules = moved;
        text = written + text;
    }

    /** Puts one token with its text behind. */
    void append(int id, String written, String rule) {
        int size = tokens.size();
        tokens = tokens.first(size + 1);
        tokens.ids()[size] = id;
        tokens.from()[size] = text.length();
        text = text + written;
        tokens.to()[size] = text.length();
        rules = Arrays.copyOf(rules, size + 1);
        rules[size] = rule;
    }

    int lastId() {
        return tokens.size() == 0 ? -1 : tokens.ids()[tokens.size() - 1];
    }

    /** How many tokens count in the loss: the first never does, nothing comes before it. */
    int lossTokens() {
        int count = 0;
        for (int i = 1; i < rules.length; i++) {
            count += rules[i] == null ? 0 : 1;
        }
        return count;
    }

    TokenSequence sequence() {
        boolean[] trainOn = new boolean[rules.length];
        for (int i = 1; i < rules.length; i++) {
            trainOn[i] = rules[i] != null;
        }
        return new TokenSequence(tokens.ids(), trainOn, List.copyOf(leftOut));
    }

    private List<String> shownNotes() {
        List<String> distinct = notes.stream().distinct().toList();
        if (distinct.size() <= NOTES) {
            return distinct;
        }
        List<String> shown = new ArrayList<>(distinct.subList(0, NOTES));
        shown.add("and " + (distinct.size() - NOTES) + " more notes of this kind");
        return shown;
    }

    Explanation explanation() {
        TokenSequence sequence = sequence();
        List<int[]> spans = new ArrayList<>();
        List<TrainedSpan> trained = new ArrayList<>();
        for (int i = 0; i < tokens.size(); i++) {
            int from = tokens.from()[i];
            int to = tokens.to()[i];
            spans.add(new int[] {from, to});
            if (sequence.trainOn()[i]) {
                TrainedSpan last = trained.isEmpty() ? null : trained.getLast();
                if (last != null && last.rule().equals(rules[i]) && last.to() >= from) {
                    trained.set(
                            trained.size() - 1,
                            new TrainedSpan(last.from(), Math.max(last.to(), to), rules[i]));
                } else {
                    trained.add(new TrainedSpan(from, to, rules[i]));
                }
            }
        }
        return new Explanation(text, sequence, spans, trained, shownNotes());
    }
}
