using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Runtime;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Groups.Classic;

namespace HighPerf.Kafka.Testing.Tests.Groups;

/// <summary>
/// Members that come, go, die, change their minds and start twice, under a coordinator that moves; then calm. What must hold of every generation is checked
/// with every answer.
/// </summary>
internal sealed class GroupStorm
{
    private const int Members = 7;
    private const int LongestSessionMs = 3000;
    private const int LongestRebalanceMs = 4000;
    private static readonly int Slot = CoordinatorTable.SlotOf(TestMember.Group);

    private readonly TestBroker _broker;
    private readonly RandomSource _random;

    /// <summary>What the first answer of a generation said of all of it: who leads, in which protocol. By the coordinator's term, too.</summary>
    private readonly Dictionary<(int Term, int Generation), (string Leader, string Protocol)> _generations = [];

    /// <summary>Where in the log a term begins.</summary>
    private readonly List<int> _terms = [0];
    private readonly List<Task> _lives = [];
    private readonly TestMember?[] _members = new TestMember?[Members];
    private readonly List<TestMember> _dead = [];
    private bool _calm;
    private bool _ended;

    public GroupStorm(TestBroker broker, ulong seed)
    {
        _broker = broker;
        _random = new RandomSource(seed);
    }

    public int Generations => _generations.Count;

    public int Moves => _terms.Count - 1;

    public async Task RunAsync()
    {
        for (int i = 0; i < Members; i++)
        {
            _lives.Add(LiveAsync(i));
        }

        for (int i = 0; i < 6; i++)
        {
            await WaitAsync(3000, 9000);
            await MoveAsync();
        }

        _calm = true;
        await WaitAsync(3 * (LongestRebalanceMs + LongestSessionMs), 30_000);
        await Task.WhenAll(_lives.Where(life => life.IsFaulted));
        ClassicGroup group = (ClassicGroup)_broker.Model.Groups.Find(TestMember.Group)!;
        Assert.Equal(("Stable", Members), (group.State, group.Members.Count));
        Assert.All(_members, member => Assert.Equal(group.Generation, member!.Generation));
        Assert.Equal(group.Members.Select(member => member.Id).Order(), _members.Select(member => member!.Id).Order());
        _ended = true;
        await Task.WhenAll(_lives);
        CheckLog();
    }

    /// <summary>One after the other; sometimes a static one starts while the last one still runs.</summary>
    private async Task LiveAsync(int number)
    {
        string? instanceId = number % 3 == 0 ? $"i{number}" : null;
        while (!_ended)
        {
            Task life = LiveOnceAsync(number, instanceId);
            if (instanceId is not null && !_calm && _random.Chance(0.5))
            {
                await Task.WhenAny(life, WaitAsync(1000, 10_000));
                _lives.Add(life);
            }
            else
            {
                await life;
            }

            await WaitAsync(0, 1000);
        }
    }

    private async Task LiveOnceAsync(int number, string? instanceId)
    {
        TestMember member = await TestMember.ConnectAsync(_broker, instanceId);
        member.SessionTimeoutMs = _random.Next(2) == 0 ? 1500 : LongestSessionMs;
        member.RebalanceTimeoutMs = _random.Next(2) == 0 ? 2000 : LongestRebalanceMs;
        member.Protocols = _random.Next(2) == 0 ? ["a", "b"] : ["b", "a", "c"];
        member.JoinVersion = (short)(3 + _random.Next(7));
        member.JoinVersion = instanceId is null ? member.JoinVersion : Math.Max(member.JoinVersion, (short)5);
        _members[number] = member;
        if (!_calm && _random.Chance(0.4))
        {
            _lives.Add(DieAsync(member));
        }

        try
        {
            while (!_ended && await RoundAsync(member))
            {
            }
        }
        catch (EndOfStreamException)
        {
            // It died.
        }
    }

    private async Task DieAsync(TestMember member)
    {
        await WaitAsync(100, 8000);
        _dead.Add(member);
        await member.Client.CloseAsync();
    }

    /// <summary>Joins, syncs, and stays until something happens. False: it is over with this one.</summary>
    private async Task<bool> RoundAsync(TestMember member)
    {
        int term = Moves;
        JoinGroupResponse joined = await InTimeAsync(member, () => member.JoinAsync());
        if (joined.ErrorCode != 0)
        {
            return await RecoverAsync(member, (ErrorCode)joined.ErrorCode);
        }

        if (term == Moves)
        {
            Check(term, member, joined);
        }

        bool leads = joined.Members.Count > 0 && !joined.SkipAssignment;
        (string, byte)[] assignments = leads ? [.. joined.Members.Select(known => (known.MemberId, Mark(joined.GenerationId, known.MemberId)))] : [];
        SyncGroupResponse synced = await InTimeAsync(member, () => member.SyncAsync(assignments));
        if (synced.ErrorCode != 0)
        {
            return await RecoverAsync(member, (ErrorCode)synced.ErrorCode);
        }

        Assert.Equal([Mark(joined.GenerationId, member.Id)], synced.Assignment);
        return await StayAsync(member);
    }

    private async Task<bool> StayAsync(TestMember member)
    {
        while (!_ended)
        {
            await WaitAsync(200, 600);
            if (!_calm && _random.Chance(0.03))
            {
                await InTimeAsync(member, () => member.LeaveAsync());
                return false;
            }

            if (!_calm && _random.Chance(0.05))
            {
                member.Topics = [$"t{_random.Next(3)}"];
                return true;
            }

            ErrorCode error = await InTimeAsync(member, () => member.HeartbeatAsync());
            if (error != ErrorCode.None)
            {
                return await RecoverAsync(member, error);
            }
        }

        return false;
    }

    private async Task<bool> RecoverAsync(TestMember member, ErrorCode error)
    {
        switch (error)
        {
            case ErrorCode.MemberIdRequired or ErrorCode.RebalanceInProgress or ErrorCode.IllegalGeneration:
                return true;
            case ErrorCode.UnknownMemberId:
                member.Id = "";
                return true;
            case ErrorCode.NotCoordinator or ErrorCode.CoordinatorLoadInProgress:
                await WaitAsync(50, 300);
                if (_broker.Model.Coordinators.Find(CoordinatorKind.Group, TestMember.Group) is { } node)
                {
                    await member.ReconnectAsync(_broker, node);
                }

                return true;
            default:
                Assert.Equal(ErrorCode.FencedInstanceId, error);
                Assert.NotNull(member.InstanceId);
                return false;
        }
    }

    /// <summary>To the other broker, or to nobody and then to the other; sometimes it loads for a while.</summary>
    private async Task MoveAsync()
    {
        int node = 1 + _random.Next(2);
        if (_random.Chance(0.3))
        {
            await OnLoopAsync(() => Move(-1, loading: false));
            await WaitAsync(500, 4000);
        }

        bool loading = _random.Chance(0.5);
        await OnLoopAsync(() => Move(node, loading));
        if (loading)
        {
            await WaitAsync(500, 4000);
            await OnLoopAsync(() => _broker.Model.Coordinators.EndLoading(CoordinatorKind.Group, Slot));
        }
    }

    private void Move(int node, bool loading)
    {
        _terms.Add(_broker.Log.Count);
        _broker.Model.Coordinators.Move(CoordinatorKind.Group, Slot, node, loading);
    }

    private Task OnLoopAsync(Action action) => LoopCall<bool>.RunAsync(_broker.Model, () =>
    {
        action();
        return true;
    });

    private void Check(int term, TestMember member, JoinGroupResponse joined)
    {
        (string Leader, string Protocol) seen = (KeyOf(joined.Leader), joined.ProtocolName!);
        Assert.Equal(_generations.GetValueOrDefault((term, joined.GenerationId), seen), seen);
        _generations[(term, joined.GenerationId)] = seen;
        Assert.Contains(joined.ProtocolName, member.Protocols);
        if (joined.Members.Count > 0)
        {
            Assert.Equal(member.Id, joined.Leader);
            Assert.Contains(joined.Members, known => known.MemberId == member.Id);
            Assert.Distinct(joined.Members.Select(known => KeyOf(known.MemberId)));
        }
    }

    /// <summary>Within a term one generation follows the other; the next term begins with one that the last one had.</summary>
    private void CheckLog()
    {
        const string Begin = $"group {TestMember.Group}: generation ";
        int last = 0;
        for (int i = 0; i < _broker.Log.Count; i++)
        {
            if (_broker.Log[i].StartsWith(Begin, StringComparison.Ordinal))
            {
                int generation = int.Parse(_broker.Log[i][Begin.Length..].Split(' ')[0]);
                bool isFirstOfTerm = !_broker.Log.Skip(TermOf(i)).Take(i - TermOf(i)).Any(line => line.StartsWith(Begin, StringComparison.Ordinal));
                Assert.InRange(generation, isFirstOfTerm ? 1 : last + 1, last + 1);
                last = generation;
            }
        }
    }

    private int TermOf(int line) => _terms.Last(start => start <= line);

    /// <summary>No answer takes longer than the longest rebalance and the longest session.</summary>
    private async Task<T> InTimeAsync<T>(TestMember member, Func<Task<T>> call)
    {
        if (_dead.Contains(member))
        {
            throw new EndOfStreamException();
        }

        Task late = _broker.WaitAsync(TimeSpan.FromMilliseconds(LongestRebalanceMs + LongestSessionMs));
        Task<T> answer = call();
        if (await Task.WhenAny(answer, late) == late && _dead.Contains(member))
        {
            throw new EndOfStreamException();
        }

        Assert.True(answer.IsCompleted, "A request was not answered in time.");
        return await answer;
    }

    private Task WaitAsync(int fromMs, int toMs) => _broker.WaitAsync(TimeSpan.FromMilliseconds(fromMs + _random.Next(toMs - fromMs)));

    /// <summary>A static member is its instance, whatever its id.</summary>
    private static string KeyOf(string memberId) => memberId.StartsWith('i') ? memberId.Split('-')[0] : memberId;

    private static byte Mark(int generation, string memberId) => (byte)((generation * 7) + KeyOf(memberId).Sum(c => c));
}
