package dev.plimsoll.model.jinja.ops;

import dev.plimsoll.model.jinja.value.Budget;
import dev.plimsoll.model.jinja.value.Str;
import dev.plimsoll.model.jinja.value.StrBuilder;

/** Escapes for HTML, with origins. */
public final class Html {

    private Html() {}

    /** As it is if it counts as safe, else escaped. */
    public static Str safe(Str text, Budget budget) {
        return text.markup() ? text : escape(text, budget);
    }

    public static Str escape(Str text, Budget budget) {
        StrBuilder out = new StrBuilder(budget);
        String string = text.string();
        int from = 0;
        for (int i = 0; i < string.length(); i++) {
            String escaped = switch (string.charAt(i)) {
                case '&' -> "&amp;";
                case '<' -> "&lt;";
                case '>' -> "&gt;";
                case '"' -> "&#34;";
                case '\'' -> "&#39;";
                default -> null;
            };
            if (escaped != null) {
                out.append(text, from, i).append(escaped, text.originAt(i));
                from = i + 1;
            }
        }
        return out.append(text, from, string.length()).build().withMarkup(true);
    }
}
