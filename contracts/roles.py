"""The roles a person may hold, as every service and its readers call them: name → (Chinese, English)."""

ROLES = {
    "villager": ("认证村民", "verified villager"),
    "secretary": ("书记", "party secretary of a village, town or the city"),
    "villageadmin": ("村管理员", "village administrator"),
    "townadmin": ("镇街管理员", "town administrator"),
    "cityadmin": ("市管理员", "city administrator"),
    "departmentstaff": ("部门工作人员", "staff of a department"),
    "intake": ("受理中心", "intake centre"),
    "discipline": ("纪检机构", "discipline office"),
    "calendaradmin": ("日历管理员", "keeper of the working calendar"),
    "operator": ("运维人员", "operator"),
}
