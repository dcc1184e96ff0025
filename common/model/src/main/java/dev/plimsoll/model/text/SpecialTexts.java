package dev.plimsoll.model.text;

import dev.plimsoll.model.text.TokenizerFile.AddedToken;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntPredicate;

/**
 * Texts of special tokens within a text. Who types {@code <|im_end|>} into a message has not ended
 * it: decision 0106.
 */
final class SpecialTexts {

    /** From Unicode's private use area; what stands between is the token's number. */
    private static final char OPEN = '\uF8F0';

    private static final char CLOSE = '\uF8F1';
    private static final char DIGIT = '\uE000';
    private static final int BASE = 1 << 10;

    /** A special token's text at its place. */
    record Occurrence(int from, String content) {
        int to() {
            return from + content.length();
        }
    }

    private final Set<Integer> ids = new HashSet<>();
    private final Map<String, String> names = new LinkedHashMap<>();
    /** By first char, the longest first: as the tokenizer looks for them. */
    private final Map<Character, List<String>> byFirst = new HashMap<>();

    SpecialTexts(Map<String, AddedToken> tokens) {
        tokens.values().forEach(t -> ids.add(t.id()));
        for (String content : tokens.keySet()) {
            int number = names.size();
            names.put(
                    content,
                    "" + OPEN + (char) (DIGIT + number / BASE) + (char) (DIGIT + number % BASE)
                            + CLOSE);
            byFirst.computeIfAbsent(content.charAt(0), _ -> new ArrayList<>()).add(content);
        }
        byFirst.values()
                .forEach(list ->
                        list.sort(Comparator.comparingInt(String::length).reversed()));
    }

    Map<String, String> names() {
        return Collections.unmodifiableMap(names);
    }

    boolean isSpecial(int id) {
        return ids.contains(id);
    }

    /** From left to right, the longest at each place, none within another. */
    List<Occurrence> in(String text) {
        return in(MarkedText.of(text, 0), _ -> false);
    }

    /** The same without those of which any char is not wanted. */
    private List<Occurrence> in(MarkedText text, IntPredicate unwanted) {
        List<Occurrence> found = new ArrayList<>();
        int at = 0;
        while (at < text.length()) {
            Occurrence here = at(text.string(), at);
            if (here == null || text.has(here.from(), here.to(), unwanted)) {
                at++;
            } else {
                found.add(here);
                at = here.to();
            }
        }
        return found;
    }

    private Occurrence at(String text, int at) {
        for (String content : byFirst.getOrDefault(text.charAt(at), List.of())) {
            if (text.startsWith(content, at)) {
                return new Occurrence(at, content);
            }
        }
        return null;
    }

    /**
     * The text under other names, where somebody other than template and assistant has written a
     * special token's text.
     */
    Optional<Renamed> clash(MarkedText text, ChatVariables variables) throws TextRefusal {
        List<Occurrence> all = in(text.string());
        List<Occurrence> meant = in(text, variables::isOthers);
        if (all.equals(meant)) {
            return Optional.empty();
        }
        if (text.string().indexOf(OPEN) >= 0 || text.string().indexOf(CLOSE) >= 0) {
            throw TextRefusal.badField("it holds both the text of a special token ('"
                    + all.getFirst().content() + "') in what is not the assistant's and one of the"
                    + " private characters U+F8F0 and U+F8F1, by which we keep them apart; remove"
                    + " either");
        }
        return Optional.of(Renamed.of(text.string(), meant, names));
    }

    /**
     * A text in which special tokens have other names.
     *
     * @param places for each of its chars, and its end, the place in the text as it was
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Renamed(String text, int[] places) {

        static Renamed of(String text, List<Occurrence> meant, Map<String, String> names) {
            StringBuilder renamed = new StringBuilder();
            List<Integer> places = new ArrayList<>();
            int at = 0;
            for (Occurrence o : meant) {
                for (; at < o.from(); at++) {
                    places.add(at);
                    renamed.append(text.charAt(at));
                }
                String name = names.get(o.content());
                for (int i = 0; i < name.length(); i++) {
                    places.add(o.from());
                }
                renamed.append(name);
                at = o.to();
            }
            for (; at < text.length(); at++) {
                places.add(at);
                renamed.append(text.charAt(at));
            }
            places.add(text.length());
            return new Renamed(
                    renamed.toString(),
                    places.stream().mapToInt(Integer::intValue).toArray());
        }

        /** Tokens of the renamed text, with their places in the text as it was. */
        Encoded back(Encoded encoded) {
            int[] from = new int[encoded.size()];
            int[] to = new int[encoded.size()];
            for (int i = 0; i < from.length; i++) {
                from[i] = places[encoded.from()[i]];
                to[i] = places[encoded.to()[i]];
            }
            return new Encoded(encoded.ids(), from, to);
        }
    }
}
