"""How petition says no; each docstring is the sentence people read."""

from chassis.domain import Missing, NotAllowed, Refusal, TooOften, Unacceptable


class PetitionNotFound(Missing):
    """没有找到这封来信"""


class PhotoNotFound(Missing):
    """没有找到这张照片"""


class AuthorHidden(NotAllowed):
    """来信人选择了保密，您不能查看来信人"""


class TopLevel(Refusal):
    """已经是市级，不能再提级"""


class BottomLevel(Refusal):
    """已经是村级，不能再退回"""


class LowerLevelLate(Refusal):
    """下一级在这一轮已经超期，不能退回"""


class AlreadyRated(Refusal):
    """这一轮办理您已经评价过了"""


class ReopenTooLate(Refusal):
    """已超过申请重新办理的期限"""


class AlreadyAsked(Refusal):
    """已经向上一级申请过，请等待答复"""


class NothingAsked(Refusal):
    """没有等待您决定的这项申请"""


class TooLong(Unacceptable):
    """超过了规定的最长期限"""


class AlreadyExtended(Refusal):
    """这一轮已经延期过，不能再延期"""


class ReturnedTooOften(Refusal):
    """已经退回三次，由市级决定由谁办理"""


class NotPromisedYet(Refusal):
    """办理期限还没有算出，请稍后再试"""


class TooLateToExtend(Refusal):
    """已经超期，不能再延期"""


class UrgedRecently(TooOften):
    """刚刚催办过，请过些时候再催"""


class AlreadySupervised(Refusal):
    """这一轮在这一级已经督办过"""


class NothingOwed(Refusal):
    """没有需要答复的督办"""


class NotConsented(NotAllowed):
    """来信人没有同意公开答复"""


class WrongLead(Refusal):
    """不能与这封来信合并办理"""


class NotYourPart(NotAllowed):
    """这一步不由您办理"""


class WrongState(Refusal):
    """这件事现在的状态不能这样办理"""


class OnItsWay(Refusal):
    """匿名来信按固定时刻统一送达，这封信还没有送到，请过一会儿再操作"""


class Incomplete(Unacceptable):
    """这一步应填的没有填，或填了不该填的"""


class UnknownCategory(Unacceptable):
    """没有这个类别，请从列表中选择"""


class PhotoUnavailable(Unacceptable):
    """照片不存在、已过期或已经用过，请重新上传"""


class ClueNotFound(Missing):
    """没有找到这条线索，请核对查询码"""


class WrongClueState(Refusal):
    """这条线索现在的状态不能这样办理"""


class ClueFull(Refusal):
    """这条线索的往来已满，请就新的情况另行举报"""


class ClueTooLarge(Refusal):
    """照片太大，请减少张数或缩小后再提交"""

    status = 413


class ClueNotPadded(Unacceptable):
    """内容没有按规定的大小封存，请刷新页面后重新提交"""


class ClueDayFull(TooOften):
    """今天收到的举报已满，请明天再来；也可以写信给纪检机构，或拨打 12388"""


class CluePhotosTomorrow(TooOften):
    """今天收到的照片已经很多，今天只收文字；照片请明天再交，也可以寄给纪检机构"""


class MailUnreadable(Unacceptable):
    """这封邮件无法完整读取，请在邮箱中人工查看"""


class CluesClosed(Refusal):
    """本地还没有开通网上举报，请拨打 12388"""

    status = 503


class NothingKept(Unacceptable):
    """举报不留任何痕迹，请不要带 Idempotency-Key 提交"""


class NothingToSearch(Unacceptable):
    """请至少输入连续的两个汉字，或三个以上的字母或数字"""


# clocks and routing


class MustBeHidden(Unacceptable):
    """反映干部的来信不能公开实名，请选择“对办理人员保密”或“匿名”"""


class RecipientConcerned(Unacceptable):
    """不能把来信写给被反映的干部或其下级，请写给上一级"""


class NobodyAbove(Unacceptable):
    """反映市级干部的来信这里没有上一级可以办理，请通过举报渠道提交"""


class LevelConcerned(Refusal):
    """来信反映的是这一级的干部，不能退回这一级"""


class RoutingNotFound(Missing):
    """没有这一版分办规则"""


class RoutingChanged(Refusal):
    """分办规则已被他人修改，请刷新后再改"""


class RuleTarget(Unacceptable):
    """每条规则要写明由哪一级或哪个单位办理，只写一项"""


class RuleRegionGone(Unacceptable):
    """规则里的区划不存在，或已并入别处"""


class UnknownAnswer(Unacceptable):
    """没有这个问题或这个回答，请从列表中选择"""


# reports and consultations


class MatterNotFound(Missing):
    """没有找到这件事"""


class MatterPhotoNotFound(Missing):
    """没有找到这张现场照片"""


class NotAVillage(Unacceptable):
    """请选择事情所在的村或社区"""


class NotOfThisKind(Unacceptable):
    """这个类别不属于这种上报，请从列表中选择"""


class ChannelNotYours(Unacceptable):
    """热线由受理中心代录，其他渠道由本人上报"""


class SameLevel(Refusal):
    """这件事已经在这一级办理"""


class NothingAnswered(Refusal):
    """还没有答复，不能公开"""


class AlreadyPublished(Refusal):
    """这次咨询已经公开过，请在知识库中更新"""


class AlreadyWithdrawn(Refusal):
    """这一条已经撤下，不能再改"""


class PersonalInside(Unacceptable):
    """公开的内容里有电话号码、身份证号或银行卡号，请删去后再发布"""


class KnowledgeNotFound(Missing):
    """知识库里没有这一条，或已经撤下"""
