package dev.plimsoll.model.text;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.CharSpan;

import dev.plimsoll.model.text.SpecialTexts.Renamed;
import dev.plimsoll.model.text.TokenizerFile.AddedToken;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/**
 * The model's tokenizer. It gives places as numbers of code points of the text before normalization
 * (tried with DJL 0.36); here they are Java's chars.
 */
final class TextEncoder implements AutoCloseable {

    private static final Map<String, String> WHOLE =
            Map.of("truncation", "false", "padding", "false");

    /**
     * A text of more chars for each token that is allowed is looked at piece by piece. English has
     * four or five.
     */
    private static final long CHARS_A_TOKEN = 8;

    /** A shorter text is always tokenized whole. */
    private static final long SHORT_CHARS = 65_536;

    private final TokenizerFile file;
    private final SpecialTexts special;
    private final HuggingFaceTokenizer tokenizer;
    /** Knows special tokens by other names; made when first needed. */
    private Optional<HuggingFaceTokenizer> renamed = Optional.empty();

    /** @throws RuntimeException the library cannot use the file */
    TextEncoder(TokenizerFile file) {
        this.file = file;
        this.special = new SpecialTexts(file.special());
        this.tokenizer = open(file.bytes());
    }

    SpecialTexts special() {
        return special;
    }

    /**
     * Refuses a text that is hopelessly long, without tokenizing the whole: its beginning alone has
     * too many tokens. The beginning doubles as long as it has not, so that a text of few but long
     * tokens passes. What a cut changes is near the cut; an eighth of the tokens is left for it.
     */
    void requireAtMost(TokenLimit limit, String text) throws TextRefusal {
        long first = Math.max(SHORT_CHARS, CHARS_A_TOKEN * limit.tokens());
        for (long length = first; length < text.length(); length *= 2) {
            int end = (int) length;
            end -= Character.isHighSurrogate(text.charAt(end - 1)) ? 1 : 0;
            int count = tokenizer.encode(text.substring(0, end), false, false).getIds().length;
            int atLeast = count - count / 8;
            if (atLeast > limit.tokens()) {
                throw limit.refusal("at least " + atLeast);
            }
        }
    }

    /** Nothing in front, nothing after; texts of special tokens are those tokens. */
    Encoded encode(String text) {
        return encoded(tokenizer, text);
    }

    /**
     * Special tokens are those that the template or the assistant wrote; in what others said their
     * texts are text.
     */
    Encoded encode(MarkedText text, ChatVariables variables) throws TextRefusal {
        Optional<Renamed> clash = special.clash(text, variables);
        if (clash.isEmpty()) {
            return encode(text.string());
        }
        if (renamed.isEmpty()) {
            renamed = Optional.of(openRenamed());
        }
        return clash.get().back(encoded(renamed.get(), clash.get().text()));
    }

    /** What the tokenizer's post-processor puts in front of a text. */
    int[] prefix() {
        Encoding encoding = tokenizer.encode("a", true, false);
        CharSpan[] spans = encoding.getCharTokenSpans();
        int length = 0;
        while (length < spans.length && spans[length] == null) {
            length++;
        }
        int[] prefix = new int[length];
        for (int i = 0; i < length; i++) {
            prefix[i] = Math.toIntExact(encoding.getIds()[i]);
        }
        return prefix;
    }

    /** Special tokens written out. */
    String decode(int[] tokens) {
        return tokenizer.decode(longs(tokens), false);
    }

    /** Special tokens left out. */
    String said(int[] tokens) {
        return tokenizer.decode(longs(tokens), true);
    }

    private static long[] longs(int[] tokens) {
        return Arrays.stream(tokens).asLongStream().toArray();
    }

    @Override
    public void close() {
        tokenizer.close();
        renamed.ifPresent(HuggingFaceTokenizer::close);
    }

    private HuggingFaceTokenizer openRenamed() throws TextRefusal {
        HuggingFaceTokenizer opened;
        try {
            opened = open(file.renamed(special.names()));
        } catch (RuntimeException e) {
            throw inseparable();
        }
        Map<String, AddedToken> tokens = file.special();
        for (Map.Entry<String, String> name : special.names().entrySet()) {
            long[] ids = opened.encode(name.getValue(), false, false).getIds();
            if (ids.length != 1 || ids[0] != tokens.get(name.getKey()).id()) {
                opened.close();
                throw inseparable();
            }
        }
        return opened;
    }

    private static TextRefusal inseparable() {
        return TextRefusal.badField("what is not the assistant's holds the text of a special token,"
                + " and with this tokenizer.json we cannot keep it text; remove it");
    }

    private static HuggingFaceTokenizer open(byte[] json) {
        try {
            return HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(json), WHOLE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Encoded encoded(HuggingFaceTokenizer tokenizer, String text) {
        if (text.isEmpty()) {
            return new Encoded(new int[0], new int[0], new int[0]);
        }
        Encoding encoding = tokenizer.encode(text, false, false);
        long[] longIds = encoding.getIds();
        CharSpan[] spans = encoding.getCharTokenSpans();
        int[] chars = charsOf(text);
        int[] ids = new int[longIds.length];
        int[] from = new int[ids.length];
        int[] to = new int[ids.length];
        int end = 0;
        for (int i = 0; i < ids.length; i++) {
            ids[i] = Math.toIntExact(longIds[i]);
            from[i] = spans[i] == null ? end : chars[spans[i].getStart()];
            to[i] = spans[i] == null ? end : chars[spans[i].getEnd()];
            end = Math.max(end, to[i]);
        }
        return new Encoded(ids, from, to);
    }

    /** For each code point, and the end, the number of chars before it. */
    private static int[] charsOf(String text) {
        int[] chars = new int[text.codePointCount(0, text.length()) + 1];
        int at = 0;
        for (int i = 0; i < chars.length - 1; i++) {
            chars[i] = at;
            at += Character.charCount(text.codePointAt(at));
        }
        chars[chars.length - 1] = at;
        return chars;
    }
}
