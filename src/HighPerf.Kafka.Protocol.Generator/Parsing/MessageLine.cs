using HighPerf.Kafka.Protocol.Generator.Model;

namespace HighPerf.Kafka.Protocol.Generator.Parsing;

/// <summary>Reads <c>request FetchRequest v4-18, flexible v12+ =&gt;</c>.</summary>
internal static class MessageLine
{
    /// <summary>Null when the line is not understood; the error is added.</summary>
    public static MessageNode? Read(SpecLine line, MessageKind kind, ErrorList errors)
    {
        IReadOnlyList<Token> tokens = line.Tokens;
        if (tokens.Count < 4 || !Words.IsName(tokens[1].Text) || tokens[tokens.Count - 1].Text != Words.Arrow
            || !Words.TryVersions(tokens[2].Text, out VersionRange versions))
        {
            errors.Add(line, $"Expected '{tokens[0].Text} <Name> v<first>-<last>, flexible v<first>+ =>'.");
            return null;
        }

        if (versions.Max == VersionRange.Open || versions.Min > versions.Max)
        {
            errors.Add(line, tokens[2], $"The versions of a message have a first and a last one; '{tokens[2].Text}' does not say them.");
            return null;
        }

        MessageNode node = new(line, kind, tokens[1]) { Versions = versions };
        for (int i = 3; i < tokens.Count - 1; i += 3)
        {
            if (tokens[i].Text != "," || i + 2 >= tokens.Count - 1 || !ReadAttribute(node, tokens[i + 1].Text, tokens[i + 2].Text))
            {
                errors.Add(line, tokens[Math.Min(i + 1, tokens.Count - 2)], "Expected ', flexible v<first>+', ', flexible never' or ', unstable v<last>'.");
                return null;
            }
        }

        if (!node.FlexibleStated)
        {
            errors.Add(line, "The line does not say from which version the message is flexible ('flexible v<first>+' or 'flexible never').");
        }

        return node;
    }

    private static bool ReadAttribute(MessageNode node, string word, string value)
    {
        bool isRange = Words.TryVersions(value, out VersionRange range);
        switch (word)
        {
            case "flexible" when value == "never":
                node.FlexibleStated = true;
                return true;
            case "flexible" when isRange && range.Max == VersionRange.Open && range.Min <= node.Versions.Max:
                node.FlexibleStated = true;
                node.FlexibleFrom = Math.Max(range.Min, node.Versions.Min);
                return true;
            case "unstable" when isRange && range.Min == range.Max && range.Max == node.Versions.Max:
                node.UnstableVersion = range.Max;
                return true;
            default:
                return false;
        }
    }
}
