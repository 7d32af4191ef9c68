using HighPerf.Kafka.Protocol.Generator.Model;

namespace HighPerf.Kafka.Protocol.Generator.Parsing;

/// <summary>Reads <c>Name  TYPE  attribute, attribute =&gt;</c>.</summary>
internal static class FieldLine
{
    /// <summary>Null when the line is not understood; the error is added.</summary>
    public static FieldNode? Read(SpecLine line, ErrorList errors)
    {
        IReadOnlyList<Token> tokens = line.Tokens;
        if (!Words.IsName(tokens[0].Text))
        {
            errors.Add(line, tokens[0], $"'{tokens[0].Text}' is not a field name; names begin with a capital and have letters and digits only.");
            return null;
        }

        if (tokens.Count < 2 || tokens[1].Text is "," or Words.Arrow)
        {
            errors.Add(line, $"The field {tokens[0].Text} has no type.");
            return null;
        }

        FieldNode field = new(line, tokens[0], tokens[1]);
        int end = tokens.Count;
        if (tokens[end - 1].Text == Words.Arrow)
        {
            field.Opens = true;
            end--;
        }

        HashSet<string> seen = new(StringComparer.Ordinal);
        int position = 2;
        while (position < end)
        {
            string? wrong = ReadAttribute(field, tokens, ref position, end, seen);
            if (wrong is not null)
            {
                errors.Add(line, tokens[Math.Min(position, tokens.Count - 1)], wrong);
                return null;
            }
        }

        return field;
    }

    /// <summary>Reads one attribute and the comma after it. Returns what is wrong, with <paramref name="position"/> at the token that is.</summary>
    private static string? ReadAttribute(FieldNode field, IReadOnlyList<Token> tokens, ref int position, int end, HashSet<string> seen)
    {
        Token word = tokens[position];
        bool isVersions = Words.TryVersions(word.Text, out VersionRange versions);
        if (!seen.Add(isVersions ? "v" : word.Text))
        {
            return $"'{word.Text}' is said twice.";
        }

        if (isVersions)
        {
            field.Versions = versions;
            field.VersionsToken = word;
        }
        else if (!ReadFlag(field, word))
        {
            string? wrong = ReadValue(field, tokens, word, ref position, end);
            if (wrong is not null)
            {
                return wrong;
            }
        }

        position++;
        if (position < end)
        {
            if (tokens[position].Text != "," || position + 1 == end)
            {
                return $"Expected a comma between two attributes, not '{tokens[position].Text}'.";
            }

            position++;
        }

        return null;
    }

    private static bool ReadFlag(FieldNode field, Token word)
    {
        switch (word.Text)
        {
            case "ignorable":
                field.Ignorable = true;
                return true;
            case "key":
                field.Key = true;
                return true;
            case "classic":
                field.Classic = true;
                return true;
            default:
                return false;
        }
    }

    private static string? ReadValue(FieldNode field, IReadOnlyList<Token> tokens, Token word, ref int position, int end)
    {
        bool hasValue = position + 1 < end && tokens[position + 1].Text != ",";
        Token value = hasValue ? tokens[position + 1] : default;
        switch (word.Text)
        {
            case "nullable":
                field.Nullable = true;
                field.NullableToken = word;
                if (hasValue)
                {
                    position++;
                    field.NullableToken = value;
                    field.NullableVersions = Words.TryVersions(value.Text, out VersionRange range) ? range : null;
                    return field.NullableVersions is null ? $"'{value.Text}' are no versions; expected v3, v3-7 or v3+." : null;
                }

                return null;
            case "tag" when hasValue:
                position++;
                field.TagToken = value;
                field.Tag = Words.TryNumber(value.Text, out int tag) ? tag : null;
                return field.Tag is null ? $"'{value.Text}' is not a tag number." : null;
            case "default" when hasValue:
                position++;
                field.Default = value;
                return null;
            case "tag" or "default":
                return $"'{word.Text}' needs a value.";
            default:
                return $"'{word.Text}' is no attribute; expected versions (v3, v3-7, v3+), tag, key, nullable, default, ignorable or classic.";
        }
    }
}
